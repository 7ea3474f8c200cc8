-- The runs of both arms of a comparison, gathered into (agent, hour) blocks.
-- Excludes tainted runs; for handshake_ms also cleartext (counted) and resumed runs. Stall sums are over runs that started.
-- When there are more blocks than the limit, a fixed pseudo-random sample of whole blocks is taken.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
--         metric String   which values to list; none for stall_ratio and success_ratio
--         limit UInt32   most (agent, hour) pairs
-- Row:    ComparisonBlock
WITH
    multiIf(
            {by:String} = 'transport', toString(transport),
            {by:String} = 'route', toString(route),
            {by:String} = 'provider', toString(provider),
            {by:String} = 'node_id', toString(node_id),
            ''
        ) AS arm_key,
    multiIf(
            arm_key = {a_key:String} AND started_at >= {a_from:DateTime64(3, 'UTC')} AND started_at < {a_to:DateTime64(3, 'UTC')}, 'a',
            arm_key = {b_key:String} AND started_at >= {b_from:DateTime64(3, 'UTC')} AND started_at < {b_to:DateTime64(3, 'UTC')}, 'b',
            ''
        ) AS arm,
    {metric:String} = 'handshake_ms' AND handshake_ms IS NOT NULL AND tls_version IS NULL AS is_cleartext,
    multiIf(
                {metric:String} = 'handshake_ms', if(ifNull(resumed, false), NULL, handshake_ms),
                {metric:String} = 'ttfb_ms', ttfb_ms,
                {metric:String} = 'first_frame_ms', first_frame_ms,
                {metric:String} = 'startup_ms', startup_ms,
                NULL
            ) AS value
SELECT
    agent_id,
    toString(toStartOfHour(started_at))                                            AS hour,
    groupArrayIf(assumeNotNull(value), arm = 'a' AND value IS NOT NULL AND NOT is_cleartext) AS a_values,
    groupArrayIf(assumeNotNull(value), arm = 'b' AND value IS NOT NULL AND NOT is_cleartext) AS b_values,
    countIf(arm = 'a')                                                             AS a_runs,
    countIf(arm = 'b')                                                             AS b_runs,
    countIf(arm = 'a' AND failure_code IS NULL)                                    AS a_successes,
    countIf(arm = 'b' AND failure_code IS NULL)                                    AS b_successes,
    sumIf(assumeNotNull(stall_ms), arm = 'a' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS a_stall,
    sumIf(assumeNotNull(stall_ms), arm = 'b' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS b_stall,
    sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), arm = 'a' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS a_watched,
    sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), arm = 'b' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS b_watched,
    countIf(arm = 'a' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS a_started,
    countIf(arm = 'b' AND startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL) AS b_started,
    countIf(is_cleartext AND arm != '')                                            AS cleartext
FROM measurements
WHERE started_at >= {from:DateTime64(3, 'UTC')}
  AND started_at < {to:DateTime64(3, 'UTC')}
  AND (empty({agent_id:Array(String)}) OR agent_id IN {agent_id:Array(String)})
  AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
  AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
  AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
  AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
  AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
  AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
  AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
  AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
  AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
  AND (
      empty({failure:Array(String)})
      OR failure_code IN {failure:Array(String)}
      OR (has({failure:Array(String)}, 'any') AND failure_code IS NOT NULL)
      OR (has({failure:Array(String)}, 'none') AND failure_code IS NULL)
  )
  AND empty(taints)
  AND arm != ''
GROUP BY agent_id, hour
ORDER BY cityHash64(agent_id, hour), agent_id, hour
LIMIT {limit:UInt32}
