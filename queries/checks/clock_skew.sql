-- Agents whose clock is more than a second off by their own reckoning, or who sent a run before it had begun.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over started_at
-- Row:    CheckRow   count: agents; examples: the first of them
SELECT
    count()                         AS count,
    groupArray(20)(skewed.agent_id) AS examples
FROM
(
    SELECT agent_id
    FROM measurements
    WHERE started_at >= {from:DateTime64(3, 'UTC')}
      AND started_at < {to:DateTime64(3, 'UTC')}
    GROUP BY agent_id
    HAVING max(abs(ifNull(clock_offset_ms, 0))) > 1000 OR countIf(started_at > received_at) > 0
    ORDER BY agent_id
) AS skewed
