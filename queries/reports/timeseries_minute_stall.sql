-- What the stall ratio of each target and bucket, and its clustered interval, are made of, from rollup_minute.
-- Excludes tainted runs and runs that never started. Blocks are (agent, hour) within the bucket.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, country, isp, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 60
-- Row:    StallPoint
SELECT
    target_id,
    transport,
    formatDateTime(bucket_at, '%Y-%m-%dT%H:%i:%S.000Z') AS at_iso,
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
        toDateTime(intDiv(toUnixTimestamp(at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC') AS bucket_at,
        toStartOfHour(at)    AS hour,
        agent,
        count()              AS runs,
        sum(run_stall)       AS stall,
        sum(run_watched)     AS watched
    FROM rollup_minute
    ARRAY JOIN
        stall_agents AS agent,
        stall_values AS run_stall,
        watched_values AS run_watched
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
      AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
      AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
      AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
      AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
      AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
      AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
      AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
      AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
    GROUP BY target_id, transport, bucket_at, hour, agent
    HAVING watched > 0
)
GROUP BY target_id, transport, bucket_at
ORDER BY target_id, transport, bucket_at
