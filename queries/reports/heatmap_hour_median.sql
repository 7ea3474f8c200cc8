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
    -- include: reports/part/median_of_buckets
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
