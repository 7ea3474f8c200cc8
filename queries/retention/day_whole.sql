-- What is too old in rollup_day goes by whole parts, a day's at a time, without rewriting any.
-- Params: none
-- Row:    none
ALTER TABLE rollup_day MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1
