-- Runs that were stored since, the first to be stored first; some of them may have been read before. A run that
-- is tainted by stolen processor time alone is none here. Its agent may have made its times longer by three times what its event
-- loop was late at most: `slack_ms`.
-- Params: since DateTime64(3, 'UTC'), limit UInt32
-- Row:    ObservedRow, as an array in this order
SELECT
    toUnixTimestamp64Milli(inserted_at) AS inserted_ms,
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
    tainted AND NOT stolen AS tainted,
    toUnixTimestamp64Milli(started_at) AS started_ms,
    failure_code,
    failure_source,
    handshake_ms,
    startup_ms,
    stall_ms,
    played_ms,
    3 * lag_ms AS slack_ms
FROM observations
WHERE inserted_at >= {since:DateTime64(3, 'UTC')}
ORDER BY inserted_at
LIMIT {limit:UInt32}
