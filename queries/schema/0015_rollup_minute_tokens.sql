-- More tokens are remembered: on a server every batch of an agent has one, and a thousand come in a second from ten
-- thousand agents, who come again with theirs for up to a minute and a half.
-- Parts are merged twenty at a time: inserts come three a second, and merging a few at once was the largest part of what
-- an insert cost. A day that has been quiet for six hours becomes one part.
-- Params: none
-- Row:    none
ALTER TABLE rollup_minute MODIFY SETTING
    non_replicated_deduplication_window = 200000,
    min_parts_to_merge_at_once = 20,
    min_age_to_force_merge_seconds = 21600,
    min_age_to_force_merge_on_partition_only = 1
