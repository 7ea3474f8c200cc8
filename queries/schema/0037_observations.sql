-- What detection reads of each run of the last hours, in the order it was stored. Short-lived: it is a queue that
-- several may read, not a record.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS observations
(
    inserted_at    DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    measurement_id UUID,
    agent_id       LowCardinality(String),
    country        LowCardinality(String),
    isp            LowCardinality(String),
    asn            Nullable(UInt32),
    node_id        LowCardinality(String),
    provider       LowCardinality(String),
    route          LowCardinality(String),
    transport      LowCardinality(String),
    kind           LowCardinality(String),
    tainted        Bool,
    started_at     DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    failure_code   LowCardinality(Nullable(String)),
    failure_source LowCardinality(Nullable(String)),
    handshake_ms   Nullable(Float32) CODEC(ZSTD(1)),
    startup_ms     Nullable(Float32) CODEC(ZSTD(1)),
    stall_ms       Nullable(Float32) CODEC(ZSTD(1)),
    played_ms      Nullable(Float32) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toStartOfHour(inserted_at)
ORDER BY inserted_at
TTL toDateTime(inserted_at) + INTERVAL 3 HOUR
SETTINGS
    ttl_only_drop_parts = 1,
    index_granularity = 1024,
    non_replicated_deduplication_window = 10000,
    min_parts_to_merge_at_once = 56
