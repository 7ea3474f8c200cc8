-- Minutes by vantage and target were hardly fewer than the runs themselves, and cost as much to insert: see
-- 0024_rollup_minute.sql. What was in them is made again of raw.
-- Params: none
-- Row:    none
DROP TABLE IF EXISTS rollup_minute
