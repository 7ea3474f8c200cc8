-- How one time metric is distributed per group, from rollup_hour and rollup_day: quantiles are buckets, bins as in distribution.sql.
-- Excludes what distribution.sql does.
-- Params: scope String   cell, or target, of which there are fewer rows, where no vantage is asked for
--         from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         by Identifier   transport, route, provider, node_id, country or isp
--         buckets Identifier   handshake_buckets, ttfb_buckets, first_frame_buckets or startup_buckets
--         limit UInt32
-- Row:    DistributionRow; quantiles are buckets
SELECT
    toString(parts.group_of)                                                                    AS label,
    sum(arraySum(b.2))                                                                          AS n,
    quantilesExactWeightedArray(0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(b.1, b.2)               AS quantiles,
    sumMap(arrayMap(bucket -> toInt16(floor(bucket / 4)), b.1), b.2)                            AS bins
FROM
(
    SELECT
        {by:Identifier} AS group_of,
        {buckets:Identifier} AS b
    FROM rollup_hour
    WHERE scope = {scope:String}
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      -- include: reports/part/cell_filter
    UNION ALL
    SELECT
        {by:Identifier} AS group_of,
        {buckets:Identifier} AS b
    FROM rollup_day
    WHERE scope = {scope:String}
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY label
HAVING n > 0
ORDER BY n DESC, label
LIMIT {limit:UInt32}
