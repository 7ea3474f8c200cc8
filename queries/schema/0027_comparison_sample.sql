-- A quarter of all untainted runs: those of every (agent, hour) block whose hash lies in the lowest quarter of all hashes, in the
-- order of the hash. A comparison rests on some thousand blocks of lowest hash; of a long window they are found here
-- without reading everything. A partition is a week, so that a level of it is long enough to be ordered by node within.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS comparison_sample
(
    level          UInt8,
    agent_id       LowCardinality(String),
    started_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    node_id        LowCardinality(String),
    target_id      LowCardinality(String),
    stream_id      LowCardinality(String),
    country        LowCardinality(String),
    isp            LowCardinality(String),
    route          LowCardinality(String),
    provider       LowCardinality(String),
    transport      LowCardinality(String),
    format         LowCardinality(String),
    kind           LowCardinality(String),
    pair           UInt64 CODEC(ZSTD(1)),
    failure_code   LowCardinality(Nullable(String)),
    tls_version    LowCardinality(Nullable(String)),
    resumed        Nullable(Bool),
    handshake_ms   Nullable(Float64) CODEC(ZSTD(1)),
    ttfb_ms        Nullable(Float64) CODEC(ZSTD(1)),
    first_frame_ms Nullable(Float64) CODEC(ZSTD(1)),
    startup_ms     Nullable(Float64) CODEC(ZSTD(1)),
    stall_ms       Nullable(Float64) CODEC(ZSTD(1)),
    played_ms      Nullable(Float64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toMonday(started_at)
ORDER BY (level, node_id, started_at)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 200000,
    min_parts_to_merge_at_once = 80,
    min_age_to_force_merge_seconds = 21600,
    min_age_to_force_merge_on_partition_only = 1
