-- Empties the table in which a day is made.
-- Params: none
-- Row:    none
TRUNCATE TABLE rollup_day_next
