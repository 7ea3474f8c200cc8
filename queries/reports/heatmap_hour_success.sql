-- Runs and successes per vantage (cell) and node, from rollup_hour and rollup_day. Excludes tainted runs.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, country, isp, transport, route, kind   Array(String); an empty list does not filter
--         limit UInt32
-- Row:    HeatmapSuccess
SELECT
    country,
    isp,
    node_id             AS column,
    sum(runs_count)     AS n,
    sum(success_count)  AS successes
FROM
(
    SELECT
        country,
        isp,
        node_id,
        runs_count,
        success_count
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
        runs_count,
        success_count
    FROM rollup_day
    WHERE scope = 'cell'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/cell_filter
) AS parts
GROUP BY country, isp, node_id
HAVING n > 0
ORDER BY country, isp, node_id
LIMIT {limit:UInt32}
