-- For how long rows of rollup_minute are kept.
-- Params: days UInt32
-- Row:    none
ALTER TABLE rollup_minute MODIFY TTL at + toIntervalDay({days:UInt32})
