-- Where a day of rollup_day is made before it takes the place of the one there was; empty between.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS rollup_day_next
(
    scope               LowCardinality(String),
    at                  DateTime('UTC') CODEC(Delta, ZSTD(1)),
    country             LowCardinality(String),
    isp                 LowCardinality(String),
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
    stall_by_group      SimpleAggregateFunction(sumMap, Tuple(Array(UInt8), Array(Float64), Array(Float64))) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(at)
ORDER BY (scope, target_id, country, isp, node_id, stream_id, route, provider, transport, format, kind, at)
SETTINGS non_replicated_deduplication_window = 10000
