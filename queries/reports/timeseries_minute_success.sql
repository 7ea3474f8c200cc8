-- Runs and successes per target and bucket of whole minutes, from rollup_minute.
-- Excludes tainted runs. Denominator: every other run, failed ones included.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 60
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
    FROM rollup_minute
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      -- include: reports/part/target_filter
)
GROUP BY target_id, transport, bucket_at
HAVING n > 0
ORDER BY target_id, transport, bucket_at
