-- For how long rows of measurements are kept.
-- Params: days UInt32
-- Row:    none
ALTER TABLE measurements MODIFY TTL toDateTime(started_at) + toIntervalDay({days:UInt32})
