-- The days on which a measurement matches the filter: the slices of an export.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    { day: string }
SELECT toString(toDate(started_at)) AS day
FROM measurements
-- include: measurements/part/filter
GROUP BY day
ORDER BY day
