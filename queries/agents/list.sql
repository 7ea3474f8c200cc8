-- What was last heard of every agent. A tuple, because argMax skips rows in which its argument is null.
-- Params: none
-- Row:    StoredAgent
SELECT
    agent_id,
    latest.1 AS last_seen_at,
    latest.2 AS agent_version,
    latest.3 AS outbox_count,
    latest.4 AS running_count
FROM
(
    SELECT
        agent_id,
        argMax((last_seen_at, agent_version, outbox_count, running_count), version_at) AS latest
    FROM agents
    GROUP BY agent_id
)
ORDER BY agent_id
