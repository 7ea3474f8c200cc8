-- Runs and successes per target and bucket of whole hours or days, from rollup_hour or rollup_day.
-- Excludes tainted runs. Denominator: every other run, failed ones included.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 3,600
--         days Array(Date)   days that are read from rollup_day; none unless bucket_s is a multiple of 86,400
-- Row:    SuccessPoint
SELECT
    target_id,
    transport,
    toDateTime(intDiv(toUnixTimestamp(at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC') AS bucket_at,
    formatDateTime(bucket_at, '%Y-%m-%dT%H:%i:%S.000Z') AS at_iso,
    sum(runs_count)    AS n,
    sum(success_count) AS successes
FROM
(
    SELECT
        target_id,
        transport,
        at,
        runs_count,
        success_count
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
        runs_count,
        success_count
    FROM rollup_day
    WHERE scope = 'target'
      AND toDate(at) IN {days:Array(Date)}
      -- include: reports/part/target_filter
)
GROUP BY target_id, transport, bucket_at
HAVING n > 0
ORDER BY target_id, transport, bucket_at
