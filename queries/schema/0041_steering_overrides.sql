-- What operators say of cells and nodes; append-only, the highest revision of a (kind, key) counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS steering_overrides
(
    kind     LowCardinality(String),
    key      String,
    revision UInt32,
    at       DateTime64(3, 'UTC'),
    node_id  Nullable(String),
    drained  Bool,
    until    Nullable(DateTime64(3, 'UTC')),
    by       String,
    note     String
)
ENGINE = MergeTree
ORDER BY (kind, key, revision)
SETTINGS non_replicated_deduplication_window = 10000
