-- Messages to receivers of alerts, a version for each attempt; append-only, the latest version of a delivery_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS deliveries
(
    delivery_id    UUID,
    version_at     DateTime64(3, 'UTC'),
    created_at     DateTime64(3, 'UTC'),
    receiver       LowCardinality(String),
    incident_ids   Array(UUID),
    phases         Array(String) CODEC(ZSTD(1)),
    message        String CODEC(ZSTD(1)),
    status         LowCardinality(String),
    attempts_count UInt32,
    next_at        DateTime64(3, 'UTC'),
    reply_code     Nullable(UInt16),
    reason         Nullable(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (created_at, delivery_id, attempts_count, version_at)
TTL toDateTime(created_at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
