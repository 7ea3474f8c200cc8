-- The median of one time metric per target and bucket of whole hours or days, from rollup_hour or rollup_day.
-- Medians and ends are buckets, found as in overview_hour.sql.
-- Excludes tainted runs, runs in which the metric is null, and resumed runs for handshake_ms.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 3,600
--         days Array(Date)   days that are read from rollup_day; none unless bucket_s is a multiple of 86,400
--         buckets Identifier   handshake_buckets, ttfb_buckets, first_frame_buckets or startup_buckets
--         ranks Array(UInt32)   as in overview.sql
-- Row:    MedianPoint; median, low and high are buckets
WITH
    -- include: reports/part/median_of_buckets
SELECT
    target_id,
    transport,
    toDateTime(intDiv(toUnixTimestamp(at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC') AS bucket_at,
    formatDateTime(bucket_at, '%Y-%m-%dT%H:%i:%S.000Z') AS at_iso,
    v_n                                  AS n,
    if(v_n = 0, NULL, v[18])             AS median,
    if(v_rank = 0, NULL, v[1 + v_k])     AS low,
    if(v_rank = 0, NULL, v[35 - v_k])    AS high
FROM
(
    SELECT
        target_id,
        transport,
        at,
        {buckets:Identifier} AS b
    FROM rollup_hour
    WHERE scope = 'target'
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      -- include: reports/part/target_filter
    UNION ALL
    SELECT
        target_id,
        transport,
        at,
        {buckets:Identifier} AS b
    FROM rollup_day
    WHERE scope = 'target'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/target_filter
)
GROUP BY target_id, transport, bucket_at
HAVING n > 0
ORDER BY target_id, transport, bucket_at
