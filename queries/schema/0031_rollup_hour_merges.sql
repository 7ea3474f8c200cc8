-- See 0030_measurements_merges.sql.
-- Params: none
-- Row:    none
ALTER TABLE rollup_hour MODIFY SETTING min_parts_to_merge_at_once = 68
