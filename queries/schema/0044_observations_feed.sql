-- Fills observations with each insert into measurements, but for runs of long ago: those are history, not news.
-- Params: none
-- Row:    none
CREATE MATERIALIZED VIEW IF NOT EXISTS observations_feed TO observations AS
SELECT
    now64(3, 'UTC') AS inserted_at,
    measurement_id,
    agent_id,
    country,
    isp,
    asn,
    node_id,
    provider,
    route,
    transport,
    kind,
    notEmpty(taints) AS tainted,
    taints = ['cpu_steal'] AS stolen,
    started_at,
    failure_code,
    failure_source,
    toFloat32(handshake_ms) AS handshake_ms,
    toFloat32(startup_ms) AS startup_ms,
    toFloat32(stall_ms) AS stall_ms,
    toFloat32(played_ms) AS played_ms,
    toFloat32(ifNull(loop_lag_ms, 0)) AS lag_ms
FROM measurements
WHERE started_at > now64(3, 'UTC') - INTERVAL 2 HOUR
