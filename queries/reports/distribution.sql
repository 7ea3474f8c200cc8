-- How one time metric is distributed per group: quantiles, and counts of bins each a quarter of a doubling wide.
-- Quantiles lie between the two nearest runs, in proportion (type 7 of Hyndman and Fan 1996; PERCENTILE.INC of spreadsheets).
-- Excludes tainted runs, runs in which the metric is null, and resumed runs for handshake_ms.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by Identifier   transport, route, provider, node_id, country or isp
--         metric Identifier   handshake_ms, ttfb_ms, first_frame_ms or startup_ms
--         is_handshake Bool   whether it is handshake_ms
--         limit UInt32
-- Row:    DistributionRow   bins: floor(4 * log2(ms)), of 0.01 ms for what is less
SELECT
    label,
    count()                                                            AS n,
    quantilesExactInclusive(0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(ms) AS quantiles,
    sumMap([toInt16(floor(4 * log2(greatest(ms, 0.01))))], [toUInt64(1)]) AS bins
FROM
(
    SELECT
        toString({by:Identifier}) AS label,
        assumeNotNull({metric:Identifier}) AS ms
    FROM measurements
    -- include: measurements/part/filter
      AND empty(taints)
      AND {metric:Identifier} IS NOT NULL
      AND NOT ({is_handshake:Bool} AND ifNull(resumed, false))
)
GROUP BY label
ORDER BY n DESC, label
LIMIT {limit:UInt32}
