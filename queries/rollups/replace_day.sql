-- Puts the day that was made in the place of the one there was, at once.
-- Params: day Date
-- Row:    none
ALTER TABLE rollup_day REPLACE PARTITION {day:Date} FROM rollup_day_next
