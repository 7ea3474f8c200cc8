-- What detection learns from before it looks at anything: of a window, the sampled runs of the lowest levels, in the order they were
-- made. The sample says neither network nor whose fault a failure was; the code tells the latter.
-- Params: from, to DateTime64(3, 'UTC')   half-open
--         level_max UInt8                  of 0 to 63
-- Row:    ObservedRow, as an array in this order
SELECT
    toUnixTimestamp64Milli(started_at) AS inserted_ms,
    '' AS measurement_id,
    agent_id,
    country,
    isp,
    CAST(NULL, 'Nullable(UInt32)') AS asn,
    node_id,
    provider,
    route,
    transport,
    kind,
    false AS tainted,
    toUnixTimestamp64Milli(started_at) AS started_ms,
    failure_code,
    multiIf(
        startsWith(ifNull(failure_code, ''), 'DNS_'), 'resolver',
        failure_code IN ('REFUSED_BY_POLICY', 'BUDGET_SPENT', 'AGENT_ERROR'), 'agent',
        NULL
    ) AS failure_source,
    handshake_ms,
    startup_ms,
    stall_ms,
    played_ms,
    0 AS slack_ms
FROM comparison_sample
WHERE level <= {level_max:UInt8}
  AND started_at >= {from:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')}
ORDER BY started_at
