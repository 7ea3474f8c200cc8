-- Agents that were heard of within the window, and not in its last ten minutes.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over when an agent was seen
-- Row:    CheckRow   count: agents; examples: the first of them
SELECT
    count()                         AS count,
    groupArray(20)(silent.agent_id) AS examples
FROM
(
    SELECT agent_id
    FROM agents
    WHERE version_at >= {from:DateTime64(3, 'UTC')}
      AND version_at < {to:DateTime64(3, 'UTC')}
    GROUP BY agent_id
    HAVING max(last_seen_at) < {to:DateTime64(3, 'UTC')} - INTERVAL 10 MINUTE
    ORDER BY agent_id
) AS silent
