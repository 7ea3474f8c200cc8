-- For how long rows of comparison_sample are kept.
-- Params: days UInt32
-- Row:    none
ALTER TABLE comparison_sample MODIFY TTL toDateTime(started_at) + toIntervalDay({days:UInt32})
