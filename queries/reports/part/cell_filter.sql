-- A part, not a statement: the filters that rollup_hour and rollup_day of scope 'cell' know.
AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
