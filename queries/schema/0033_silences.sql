-- Times during which nobody is told of some incidents; append-only, the latest version of a silence_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS silences
(
    silence_id UUID,
    version_at DateTime64(3, 'UTC'),
    match      String,
    starts_at  DateTime64(3, 'UTC'),
    ends_at    DateTime64(3, 'UTC'),
    by         String,
    note       String
)
ENGINE = MergeTree
ORDER BY (silence_id, version_at)
SETTINGS non_replicated_deduplication_window = 10000
