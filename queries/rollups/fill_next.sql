-- Makes one day of rollup_hour. Equal buckets are only put side by side here; the table adds them up as it merges.
-- Params: day Date
-- Row:    none
INSERT INTO rollup_day_next
SELECT
    scope,
    toStartOfDay(h.at)                                                                    AS at,
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
    sum(h.runs_count)                                                                     AS runs_count,
    sum(h.success_count)                                                                  AS success_count,
    sum(h.started_count)                                                                  AS started_count,
    sum(h.watched_count)                                                                  AS watched_count,
    sum(h.tainted_count)                                                                  AS tainted_count,
    max(h.last_started_at)                                                                AS last_started_at,
    argMaxMergeState(h.advertised)                                                        AS advertised,
    (groupArrayArray(h.handshake_buckets.1), groupArrayArray(h.handshake_buckets.2))      AS handshake_buckets,
    (groupArrayArray(h.ttfb_buckets.1), groupArrayArray(h.ttfb_buckets.2))                AS ttfb_buckets,
    (groupArrayArray(h.first_frame_buckets.1), groupArrayArray(h.first_frame_buckets.2))  AS first_frame_buckets,
    (groupArrayArray(h.startup_buckets.1), groupArrayArray(h.startup_buckets.2))          AS startup_buckets,
    (groupArrayArray(h.stall_by_group.1), groupArrayArray(h.stall_by_group.2), groupArrayArray(h.stall_by_group.3))
                                                                                          AS stall_by_group
FROM rollup_hour AS h
WHERE toDate(h.at) = {day:Date}
GROUP BY scope, at, country, isp, target_id, node_id, stream_id, route, provider, transport, format, kind
