-- Fills rollup_minute with the measurements that were there before it; in a new store there are none. As 0007_rollup_minute_feed.sql.
-- Params: none
-- Row:    none
INSERT INTO rollup_minute
WITH
    empty(taints)                                                                                 AS clean,
    clean AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL           AS watched
SELECT
    toStartOfMinute(toDateTime(started_at, 'UTC'))                                                AS at,
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
    countIf(clean)                                                                                AS runs_count,
    countIf(clean AND failure_code IS NULL)                                                       AS success_count,
    countIf(clean AND startup_ms IS NOT NULL)                                        AS started_count,
    countIf(watched)                                                                              AS watched_count,
    countIf(NOT clean)                                                                            AS tainted_count,
    max(started_at)                                                                               AS last_started_at,
    argMax(http3_advertised, started_at)                                                          AS advertised,
    groupArrayIf(assumeNotNull(handshake_ms), clean AND handshake_ms IS NOT NULL AND NOT ifNull(resumed, false))
                                                                                                  AS handshake_values,
    groupArrayIf(assumeNotNull(ttfb_ms), clean AND ttfb_ms IS NOT NULL) AS ttfb_values,
    groupArrayIf(assumeNotNull(first_frame_ms), clean AND first_frame_ms IS NOT NULL)
                                                                                                  AS first_frame_values,
    groupArrayIf(assumeNotNull(startup_ms), clean AND startup_ms IS NOT NULL)
                                                                                                  AS startup_values,
    groupArrayIf(toUInt32(cityHash64(agent_id)), watched)                                         AS stall_agents,
    groupArrayIf(assumeNotNull(stall_ms), watched)                                                AS stall_values,
    groupArrayIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), watched)                     AS watched_values
FROM measurements
GROUP BY at, country, isp, target_id, node_id, stream_id, route, provider, transport, format, kind
