-- What the stall ratio of each vantage (cell) and node, and its interval by random groups, are made of, from rollup_hour and
-- rollup_day. The sixteen groups of (agent, hour) blocks take the place of blocks. Excludes what heatmap.sql does.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         limit UInt32
-- Row:    HeatmapStall
WITH
    sumMap(stall_by_group.1, stall_by_group.2, stall_by_group.3) AS s
SELECT
    country,
    isp,
    node_id                                        AS column,
    sum(watched_count)                             AS n,
    arrayCount(w -> w > 0, s.3)                    AS blocks,
    arraySum(s.2)                                  AS y,
    arraySum(s.3)                                  AS x,
    arraySum(arrayMap(a -> a * a, s.2))            AS yy,
    arraySum(arrayMap((a, w) -> a * w, s.2, s.3))  AS xy,
    arraySum(arrayMap(w -> w * w, s.3))            AS xx
FROM
(
    SELECT
        country,
        isp,
        node_id,
        watched_count,
        stall_by_group
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
        watched_count,
        stall_by_group
    FROM rollup_day
    WHERE scope = 'cell'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY country, isp, node_id
HAVING n > 0
ORDER BY country, isp, node_id
LIMIT {limit:UInt32}
