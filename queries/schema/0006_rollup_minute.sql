-- Runs per minute, vantage and target, ordered by time: what the raw table, ordered by cell, is slow at. Nothing is lost
-- that a report needs: values are kept as they are, and stalls by agent, so that answers equal those from raw.
-- Columns and when it is read: queries/README.md, "Rollups".
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS rollup_minute
(
    at                 DateTime('UTC') CODEC(Delta, ZSTD(1)),
    country            LowCardinality(String),
    isp                LowCardinality(String),
    target_id          LowCardinality(String),
    node_id            LowCardinality(String),
    stream_id          LowCardinality(String),
    route              LowCardinality(String),
    provider           LowCardinality(String),
    transport          LowCardinality(String),
    format             LowCardinality(String),
    kind               LowCardinality(String),
    runs_count         SimpleAggregateFunction(sum, UInt64),
    success_count      SimpleAggregateFunction(sum, UInt64),
    started_count      SimpleAggregateFunction(sum, UInt64),
    watched_count      SimpleAggregateFunction(sum, UInt64),
    tainted_count      SimpleAggregateFunction(sum, UInt64),
    last_started_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    advertised         SimpleAggregateFunction(anyLast, LowCardinality(Nullable(String))),
    handshake_values   SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1)),
    ttfb_values        SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1)),
    first_frame_values SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1)),
    startup_values     SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1)),
    stall_agents       SimpleAggregateFunction(groupArrayArray, Array(UInt32)) CODEC(ZSTD(1)),
    stall_values       SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1)),
    watched_values     SimpleAggregateFunction(groupArrayArray, Array(Float64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(at)
ORDER BY (at, target_id, country, isp, node_id, stream_id, route, provider, transport, format, kind)
SETTINGS non_replicated_deduplication_window = 10000
