-- For how long rows of rollup_hour are kept.
-- Params: days UInt32
-- Row:    none
ALTER TABLE rollup_hour MODIFY TTL at + toIntervalDay({days:UInt32})
