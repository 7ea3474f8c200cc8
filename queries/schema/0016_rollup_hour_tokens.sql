-- More tokens are remembered: on a server every batch of an agent has one, and a thousand come in a second from ten
-- thousand agents, who come again with theirs for up to a minute and a half.
-- Params: none
-- Row:    none
ALTER TABLE rollup_hour MODIFY SETTING non_replicated_deduplication_window = 200000
