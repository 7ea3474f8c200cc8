-- Fills comparison_sample with the measurements that were there before it; in a new store there are none. As
-- 0028_comparison_sample_feed.sql.
-- Params: none
-- Row:    none
INSERT INTO comparison_sample
SELECT
    toUInt8(bitShiftRight(cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))), 56)) AS level,
    agent_id,
    started_at,
    node_id,
    target_id,
    stream_id,
    country,
    isp,
    route,
    provider,
    transport,
    format,
    kind,
    if(pair_id IS NULL, 0, cityHash64(assumeNotNull(pair_id))) AS pair,
    failure_code,
    tls_version,
    resumed,
    handshake_ms,
    ttfb_ms,
    first_frame_ms,
    startup_ms,
    stall_ms,
    played_ms
FROM measurements
WHERE empty(taints)
  AND cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) < 4611686018427387904
