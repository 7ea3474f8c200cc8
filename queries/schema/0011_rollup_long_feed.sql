-- Fills rollup_long with each insert into rollup_hour. Lists are only joined here: the table adds up equal keys, as it merges.
-- Params: none
-- Row:    none
CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_long_feed TO rollup_long AS
SELECT
    step_s,
    scope,
    toDateTime(intDiv(toUnixTimestamp(h.at), step_s) * step_s, 'UTC') AS at,
    country,
    isp,
    target_id,
    node_id,
    stream_id,
    route,
    provider,
    transport,
    format,
    kind,
    sum(h.runs_count)                                         AS runs_count,
    sum(h.success_count)                                      AS success_count,
    sum(h.started_count)                                      AS started_count,
    sum(h.watched_count)                                      AS watched_count,
    sum(h.tainted_count)                                      AS tainted_count,
    max(h.last_started_at)                                    AS last_started_at,
    argMaxMergeState(h.advertised)                            AS advertised,
    (groupArrayArray(h.handshake_buckets.1), groupArrayArray(h.handshake_buckets.2)) AS handshake_buckets,
    (groupArrayArray(h.ttfb_buckets.1), groupArrayArray(h.ttfb_buckets.2)) AS ttfb_buckets,
    (groupArrayArray(h.first_frame_buckets.1), groupArrayArray(h.first_frame_buckets.2)) AS first_frame_buckets,
    (groupArrayArray(h.startup_buckets.1), groupArrayArray(h.startup_buckets.2)) AS startup_buckets,
    (groupArrayArray(h.stall_by_group.1), groupArrayArray(h.stall_by_group.2), groupArrayArray(h.stall_by_group.3)) AS stall_by_group
FROM rollup_hour AS h
ARRAY JOIN [21600, 86400, 604800] AS step_s
GROUP BY step_s, scope, at, country, isp, target_id, node_id, stream_id, route, provider, transport, format, kind
