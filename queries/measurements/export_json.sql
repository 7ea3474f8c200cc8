-- Measurements that match the filter, oldest first, each as the JSON text of its record. The one field whose column differs
-- from the record, an empty map where the record says null, is written over; within a string the quotes of the pattern
-- would stand behind backslashes.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    { line: string }   a StoredMeasurement as JSON
SELECT replaceOne(
    formatRowNoNewline('JSONEachRow',
        -- include: measurements/part/columns
    ),
    '"stall_ms_by_policy":{}',
    '"stall_ms_by_policy":null'
) AS line
FROM
(
    SELECT
        -- include: measurements/part/columns
    FROM measurements
    -- include: measurements/part/filter
    ORDER BY started_at, measurement_id
)
