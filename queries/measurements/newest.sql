-- When the newest measurement started; told from the parts' own bounds, without reading rows.
-- Params: none
-- Row:    { newest_ms: number }   since 1970; 0: there is none
SELECT toUnixTimestamp64Milli(max(started_at)) AS newest_ms
FROM measurements
