-- A part, not a statement: the filter every list, report and export takes (queries/README.md), over measurements.
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
