-- A part, not a statement: the filters that rollup_minute knows, and rollup_hour and rollup_day of scope 'target'.
AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
