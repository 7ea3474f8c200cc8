-- How many measurements are stored.
-- Params: none
-- Row:    { count: number }
SELECT count() AS count
FROM measurements
