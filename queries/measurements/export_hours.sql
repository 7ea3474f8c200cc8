-- How many measurements match the filter in each hour that has one: what an export is cut into.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    { hour_s: number, rows: number }   hour_s: its start, seconds since 1970
SELECT
    toUnixTimestamp(toStartOfHour(toDateTime(started_at, 'UTC'))) AS hour_s,
    count()                                                       AS rows
FROM measurements
-- include: measurements/part/filter
GROUP BY hour_s
ORDER BY hour_s
