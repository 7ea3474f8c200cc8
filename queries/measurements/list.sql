-- Measurements that match the filter, newest first: one page of them.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         before_at DateTime64(3, 'UTC'), before_id UUID   the last row of the page before; the maxima for the first page
--         limit UInt32
-- Row:    StoredMeasurement
SELECT
    -- include: measurements/part/columns
FROM measurements
-- include: measurements/part/filter
  AND (started_at, measurement_id) < ({before_at:DateTime64(3, 'UTC')}, {before_id:UUID})
ORDER BY started_at DESC, measurement_id DESC
LIMIT {limit:UInt32}
