-- Every target's health in a window of whole hours, from rollup_hour and rollup_day, without stalls.
-- Excludes tainted runs from everything but tainted_count and last_at. Denominators: queries/README.md.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         ranks Array(UInt32)   as in overview.sql
-- Row:    OverviewSums without its stall sums; handshake_* and first_frame_* are buckets
-- include: reports/part/overview_of_buckets
FROM
(
    -- include: reports/part/overview_columns
    FROM rollup_hour
    WHERE scope = 'target'
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      -- include: reports/part/target_filter
    UNION ALL
    -- include: reports/part/overview_columns
    FROM rollup_day
    WHERE scope = 'target'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/target_filter
) AS r
GROUP BY target_id
ORDER BY target_id
