-- How many pairs have one run in each arm of a comparison.
-- Excludes tainted runs, runs that were not half of a pair, and pairs of which one half is outside both arms.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
-- Row:    { pairs: number }
SELECT count() AS pairs
FROM
(
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
            ) AS arm
    SELECT pair_id
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
      AND pair_id IS NOT NULL
      AND arm != ''
    GROUP BY pair_id
    HAVING countIf(arm = 'a') > 0 AND countIf(arm = 'b') > 0
)
