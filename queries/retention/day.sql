-- For how long rows of rollup_day are kept.
-- Params: days UInt32
-- Row:    none
ALTER TABLE rollup_day MODIFY TTL at + toIntervalDay({days:UInt32})
