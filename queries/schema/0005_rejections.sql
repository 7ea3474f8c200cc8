-- Lines of batches that were refused, for a person to look at; the sender was told the same. Of a batch, the first
-- hundred are kept, each with the first 4,096 characters of what was sent.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS rejections
(
    received_at DateTime64(3, 'UTC'),
    agent_id    String,
    batch_key   String,
    line        UInt32,
    code        LowCardinality(String),
    message     String,
    body        String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (received_at, agent_id)
TTL toDateTime(received_at) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
