-- What is too old in comparison_sample goes by whole parts, a week's at a time, without rewriting any.
-- Params: none
-- Row:    none
ALTER TABLE comparison_sample MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1
