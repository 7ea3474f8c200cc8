-- How one time metric is distributed per group, from rollup_hour and rollup_day: quantiles are buckets, bins as in distribution.sql.
-- Excludes what distribution.sql does.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         by String   transport, route, provider, node_id, country or isp
--         metric String   handshake_ms, ttfb_ms, first_frame_ms or startup_ms
--         limit UInt32
-- Row:    DistributionRow; quantiles are buckets
SELECT
    multiIf(
        {by:String} = 'transport', toString(parts.transport),
        {by:String} = 'route', toString(parts.route),
        {by:String} = 'provider', toString(parts.provider),
        {by:String} = 'node_id', toString(parts.node_id),
        {by:String} = 'country', toString(parts.country),
        toString(parts.isp)
    )                                                                                           AS label,
    sum(arraySum(b.2))                                                                          AS n,
    quantilesExactWeightedArray(0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(b.1, b.2)               AS quantiles,
    sumMap(arrayMap(bucket -> toInt16(floor(bucket / 4)), b.1), b.2)                            AS bins
FROM
(
    SELECT
        transport,
        route,
        provider,
        node_id,
        country,
        isp,
        multiIf(
                {metric:String} = 'handshake_ms', handshake_buckets,
                {metric:String} = 'ttfb_ms', ttfb_buckets,
                {metric:String} = 'first_frame_ms', first_frame_buckets,
                startup_buckets
            ) AS b
    FROM rollup_hour
    WHERE scope = 'cell'
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      -- include: reports/part/cell_filter
    UNION ALL
    SELECT
        transport,
        route,
        provider,
        node_id,
        country,
        isp,
        multiIf(
                {metric:String} = 'handshake_ms', handshake_buckets,
                {metric:String} = 'ttfb_ms', ttfb_buckets,
                {metric:String} = 'first_frame_ms', first_frame_buckets,
                startup_buckets
            ) AS b
    FROM rollup_day
    WHERE scope = 'cell'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY label
HAVING n > 0
ORDER BY n DESC, label
LIMIT {limit:UInt32}
