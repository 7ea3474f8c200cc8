-- One metric per vantage (cell) and node, from rollup_hour and rollup_day: what its estimate is made of.
-- Medians and ends are buckets, found as in overview_hour.sql; the sixteen groups of (agent, hour) blocks take the place of blocks.
-- Excludes what heatmap.sql does.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         metric String   see queries/README.md
--         ranks Array(UInt32)   as in overview.sql
--         limit UInt32
-- Row:    HeatmapRow; median, low and high are buckets
WITH
    quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(b.1, b.2) AS v,
    sum(arraySum(b.2)) AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank,
    if(v_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (v_rank - 1) / v_n)))))) AS v_k,
    sumMap(stall_by_group.1, stall_by_group.2, stall_by_group.3) AS s
SELECT
    country,
    isp,
    node_id                                                   AS column,
    sum(parts.runs_count)                                     AS runs_count,
    sum(parts.success_count)                                  AS success_count,
    v_n                                                       AS n,
    if(v_n = 0, NULL, v[18])                                  AS median,
    if(v_rank = 0, NULL, v[1 + v_k])                          AS low,
    if(v_rank = 0, NULL, v[35 - v_k])                         AS high,
    sum(parts.watched_count)                                  AS stall_n,
    arrayCount(w -> w > 0, s.3)                               AS blocks,
    arraySum(s.2)                                             AS y,
    arraySum(s.3)                                             AS x,
    arraySum(arrayMap(a -> a * a, s.2))                       AS yy,
    arraySum(arrayMap((a, w) -> a * w, s.2, s.3))             AS xy,
    arraySum(arrayMap(w -> w * w, s.3))                       AS xx
FROM
(
    SELECT
        country,
        isp,
        node_id,
        r.runs_count,
        r.success_count,
        r.watched_count,
        r.stall_by_group,
        multiIf(
                {metric:String} = 'handshake_ms', handshake_buckets,
                {metric:String} = 'ttfb_ms', ttfb_buckets,
                {metric:String} = 'first_frame_ms', first_frame_buckets,
                startup_buckets
            ) AS b
    FROM rollup_hour AS r
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
        r.runs_count,
        r.success_count,
        r.watched_count,
        r.stall_by_group,
        multiIf(
                {metric:String} = 'handshake_ms', handshake_buckets,
                {metric:String} = 'ttfb_ms', ttfb_buckets,
                {metric:String} = 'first_frame_ms', first_frame_buckets,
                startup_buckets
            ) AS b
    FROM rollup_day AS r
    WHERE scope = 'cell'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY country, isp, node_id
ORDER BY country, isp, node_id
LIMIT {limit:UInt32}
