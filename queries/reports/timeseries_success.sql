-- Runs and successes per target and bucket.
-- Excludes tainted runs. Denominator: every other run, failed ones included.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         bucket_s UInt32
-- Row:    SuccessPoint
SELECT
    target_id,
    transport,
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(started_at), {bucket_s:UInt32} * 1000) * {bucket_s:UInt32} * 1000, 'UTC') AS at,
    count()                       AS n,
    countIf(failure_code IS NULL) AS successes
FROM measurements
-- include: measurements/part/filter
  AND empty(taints)
GROUP BY target_id, transport, at
ORDER BY target_id, transport, at
