-- Every measurement that matches the filter, in the table's own order; written by the engine itself (Parquet).
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    StoredMeasurement
SELECT
    -- include: measurements/part/columns
FROM measurements
-- include: measurements/part/filter
