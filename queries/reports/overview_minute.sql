-- Every target's health in a window of whole minutes, from rollup_minute, without stalls.
-- Excludes tainted runs from everything but tainted_count and last_at. Denominators: queries/README.md.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         ranks Array(UInt32)   as in overview.sql
-- Row:    OverviewSums without its stall sums; handshake_* and first_frame_* are buckets
-- include: reports/part/overview_of_buckets
FROM
(
    -- include: reports/part/overview_columns
    FROM rollup_minute
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      -- include: reports/part/target_filter
) AS r
GROUP BY target_id
ORDER BY target_id
