-- Fills rollup_long with each insert into rollup_hour.
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
    sumMap(h.handshake_buckets)                               AS handshake_buckets,
    sumMap(h.ttfb_buckets)                                    AS ttfb_buckets,
    sumMap(h.first_frame_buckets)                             AS first_frame_buckets,
    sumMap(h.startup_buckets)                                 AS startup_buckets,
    sumMap(h.stall_by_group)                                  AS stall_by_group
FROM rollup_hour AS h
ARRAY JOIN [21600, 86400, 604800] AS step_s
GROUP BY step_s, scope, at, country, isp, target_id, node_id, stream_id, route, provider, transport, format, kind
