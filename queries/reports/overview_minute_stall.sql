-- What the stall ratio of each target, and its clustered interval, are made of, from rollup_minute: sums over (agent, hour) blocks.
-- Excludes tainted runs and runs that never started.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, country, isp, transport, route, format, kind
--         Array(String); an empty list does not filter
-- Row:    StallSums
SELECT
    target_id,
    sum(runs)                        AS stall_n,
    countIf(watched > 0)             AS blocks,
    sum(stall)                       AS y,
    sum(watched)                     AS x,
    sum(stall * stall)               AS yy,
    sum(stall * watched)             AS xy,
    sum(watched * watched)           AS xx
FROM
(
    SELECT
        target_id,
        toStartOfHour(at)            AS hour,
        agent,
        count()                      AS runs,
        sum(run_stall)               AS stall,
        sum(run_watched)             AS watched
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
    GROUP BY target_id, hour, agent
)
GROUP BY target_id
ORDER BY target_id
