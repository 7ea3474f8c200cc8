-- Parts are merged ninety at a time. While agents send as fast as they can there are five inserts a second, and merging twenty
-- at a time took as much of the processors as storing. Each table has a number of its own, so that they merge at different moments.
-- Params: none
-- Row:    none
ALTER TABLE measurements MODIFY SETTING min_parts_to_merge_at_once = 90
