-- What the stall ratio of each target and bucket, and its clustered interval, are made of.
-- Excludes tainted runs and runs that never started. Blocks are (agent, hour) within the bucket.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         bucket_s UInt32
-- Row:    StallPoint
SELECT
    target_id,
    transport,
    at,
    sum(runs)              AS n,
    count()                AS blocks,
    sum(stall)             AS y,
    sum(watched)           AS x,
    sum(stall * stall)     AS yy,
    sum(stall * watched)   AS xy,
    sum(watched * watched) AS xx
FROM
(
    SELECT
        target_id,
        transport,
        fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(started_at), {bucket_s:UInt32} * 1000) * {bucket_s:UInt32} * 1000, 'UTC') AS at,
        agent_id,
        toStartOfHour(started_at)                              AS hour,
        count()                                                AS runs,
        sum(assumeNotNull(stall_ms))                           AS stall,
        sum(assumeNotNull(stall_ms) + assumeNotNull(played_ms)) AS watched
    FROM measurements
    -- include: measurements/part/filter
      AND empty(taints)
      AND startup_ms IS NOT NULL
      AND stall_ms IS NOT NULL
      AND played_ms IS NOT NULL
    GROUP BY target_id, transport, at, agent_id, hour
    HAVING watched > 0
)
GROUP BY target_id, transport, at
ORDER BY target_id, transport, at
