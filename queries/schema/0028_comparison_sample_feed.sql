-- Fills comparison_sample with each insert into measurements. Level: the first eight bits of the block's hash, 0 to 63.
-- Params: none
-- Row:    none
CREATE MATERIALIZED VIEW IF NOT EXISTS comparison_sample_feed TO comparison_sample AS
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
