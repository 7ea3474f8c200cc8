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
    quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(b.1, b.2) AS v,
    sum(arraySum(b.2)) AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank,
    if(v_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (v_rank - 1) / v_n)))))) AS v_k
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
