-- Runs per minute and target, ordered by time: what raw, ordered by vantage, is slow at when runs come by the thousand.
-- The columns are those of rollup_hour of scope 'target'. Columns and when it is read: queries/README.md, "Rollups".
-- Granules are small, so that a series of one target over a day reads a few of them.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS rollup_minute
(
    at                  DateTime('UTC') CODEC(Delta, ZSTD(1)),
    target_id           LowCardinality(String),
    node_id             LowCardinality(String),
    stream_id           LowCardinality(String),
    route               LowCardinality(String),
    provider            LowCardinality(String),
    transport           LowCardinality(String),
    format              LowCardinality(String),
    kind                LowCardinality(String),
    runs_count          SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    success_count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    started_count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    watched_count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    tainted_count       SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    last_started_at     SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    advertised          AggregateFunction(argMax, LowCardinality(Nullable(String)), DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    handshake_buckets   SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    ttfb_buckets        SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    first_frame_buckets SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    startup_buckets     SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    stall_by_group      SimpleAggregateFunction(sumMap, Tuple(Array(UInt8), Array(Float64), Array(Float64))) CODEC(ZSTD(1)),
    INDEX by_target_id target_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(at)
ORDER BY (at, target_id, node_id, stream_id, route, provider, transport, format, kind)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 200000,
    min_parts_to_merge_at_once = 56,
    min_age_to_force_merge_seconds = 21600,
    min_age_to_force_merge_on_partition_only = 1
