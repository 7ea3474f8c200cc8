-- The median of one time metric per vantage (cell) and node, from rollup_hour and rollup_day.
-- Medians and ends are buckets, found as in overview_hour.sql. Excludes what heatmap.sql does.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         buckets Identifier   handshake_buckets, ttfb_buckets, first_frame_buckets or startup_buckets
--         ranks Array(UInt32)   as in overview.sql
--         limit UInt32
-- Row:    HeatmapMedian; median, low and high are buckets
WITH
    quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(b.1, b.2) AS v,
    sum(arraySum(b.2)) AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank,
    if(v_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (v_rank - 1) / v_n)))))) AS v_k
SELECT
    country,
    isp,
    node_id                            AS column,
    v_n                                AS n,
    if(v_n = 0, NULL, v[18])           AS median,
    if(v_rank = 0, NULL, v[1 + v_k])   AS low,
    if(v_rank = 0, NULL, v[35 - v_k])  AS high
FROM
(
    SELECT
        country,
        isp,
        node_id,
        {buckets:Identifier} AS b
    FROM rollup_hour
    WHERE scope = 'cell'
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      -- include: reports/part/cell_filter
    UNION ALL
    SELECT
        country,
        isp,
        node_id,
        {buckets:Identifier} AS b
    FROM rollup_day
    WHERE scope = 'cell'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY country, isp, node_id
HAVING n > 0
ORDER BY country, isp, node_id
LIMIT {limit:UInt32}
