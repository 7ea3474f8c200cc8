-- Runs of a window in the order they were begun, as a replay of detection and steering needs them. A run that is tainted by stolen
-- processor time alone is `stolen`, not tainted. `inserted_ms` is when the collector got it.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over started_at
-- Row:    ReplayedRow, as an array in this order
SELECT
    toUnixTimestamp64Milli(received_at) AS inserted_ms,
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
    notEmpty(taints) AND taints != ['cpu_steal'] AS tainted,
    toUnixTimestamp64Milli(started_at) AS started_ms,
    failure_code,
    failure_source,
    handshake_ms,
    startup_ms,
    stall_ms,
    played_ms,
    3 * ifNull(loop_lag_ms, 0) AS slack_ms,
    taints = ['cpu_steal'] AS stolen,
    first_frame_ms
FROM measurements
WHERE started_at >= {from:DateTime64(3, 'UTC')}
  AND started_at < {to:DateTime64(3, 'UTC')}
ORDER BY started_at, measurement_id
