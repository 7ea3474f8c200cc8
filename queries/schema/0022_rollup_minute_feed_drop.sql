-- Minutes are made anew, by target: see 0024_rollup_minute.sql.
-- Params: none
-- Row:    none
DROP VIEW IF EXISTS rollup_minute_feed
