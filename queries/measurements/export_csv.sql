-- Measurements that match the filter, oldest first, as columns of a CSV file: lists and maps are JSON, null is left to the
-- format (empty).
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    a value per field of StoredMeasurement, in its order
SELECT * REPLACE (
    toJSONString(stalls)                                                   AS stalls,
    if(empty(stall_ms_by_policy), NULL, toJSONString(stall_ms_by_policy)) AS stall_ms_by_policy,
    toJSONString(buffer_series_ms)                                         AS buffer_series_ms,
    toJSONString(throughput_series_bps)                                    AS throughput_series_bps,
    toJSONString(taints)                                                   AS taints
)
FROM
(
    SELECT
        -- include: measurements/part/columns
    FROM measurements
    -- include: measurements/part/filter
    ORDER BY started_at, measurement_id
)
