-- Look-ups by what the order of the table does not begin with: lists and series of an agent, a node, a target; failures.
-- Granules of 8,192 rows in which a value does not occur are passed over.
-- Params: none
-- Row:    none
ALTER TABLE measurements
    ADD INDEX IF NOT EXISTS by_agent_id agent_id TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_node_id node_id TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_target_id target_id TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_time started_at TYPE minmax GRANULARITY 1
