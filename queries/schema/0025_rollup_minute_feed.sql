-- Fills rollup_minute with each insert into measurements.
-- Tainted runs are in tainted_count, last_started_at and http3_advertised only; denominators as in queries/README.md.
-- Params: none
-- Row:    none
CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_minute_feed TO rollup_minute AS
WITH
    empty(taints)                                                                       AS clean,
    clean AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL AS watched,
    clean AND handshake_ms IS NOT NULL AND NOT ifNull(resumed, false)                   AS has_handshake,
    clean AND ttfb_ms IS NOT NULL                                                       AS has_ttfb,
    clean AND first_frame_ms IS NOT NULL                                                AS has_first_frame,
    clean AND startup_ms IS NOT NULL                                                    AS has_startup,
    ms -> toInt16(floor(16 * log2(greatest(assumeNotNull(ms), 0.01))))                  AS bucket
SELECT
    toStartOfMinute(toDateTime(started_at, 'UTC'))                  AS at,
    target_id,
    node_id,
    stream_id,
    route,
    provider,
    transport,
    format,
    kind,
    countIf(clean)                                                  AS runs_count,
    countIf(clean AND failure_code IS NULL)                         AS success_count,
    countIf(has_startup)                                            AS started_count,
    countIf(watched)                                                AS watched_count,
    countIf(NOT clean)                                              AS tainted_count,
    max(started_at)                                                 AS last_started_at,
    argMaxState(http3_advertised, started_at)                       AS advertised,
    (groupArrayIf(bucket(handshake_ms), has_handshake), arrayWithConstant(countIf(has_handshake), toUInt64(1)))
                                                                    AS handshake_buckets,
    (groupArrayIf(bucket(ttfb_ms), has_ttfb), arrayWithConstant(countIf(has_ttfb), toUInt64(1)))
                                                                    AS ttfb_buckets,
    (groupArrayIf(bucket(first_frame_ms), has_first_frame), arrayWithConstant(countIf(has_first_frame), toUInt64(1)))
                                                                    AS first_frame_buckets,
    (groupArrayIf(bucket(startup_ms), has_startup), arrayWithConstant(countIf(has_startup), toUInt64(1)))
                                                                    AS startup_buckets,
    (
        groupArrayIf(toUInt8(cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) % 16), watched),
        groupArrayIf(assumeNotNull(stall_ms), watched),
        groupArrayIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), watched)
    )                                                               AS stall_by_group
FROM measurements
GROUP BY at, target_id, node_id, stream_id, route, provider, transport, format, kind
