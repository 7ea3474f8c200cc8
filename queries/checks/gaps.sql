-- Agents and targets with at least six runs in the first half of the window and none in the second, while the agent ran others:
-- an agent that sends nothing at all is in silent_agents.sql.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over started_at
--         middle DateTime64(3, 'UTC')   where its second half begins
-- Row:    CheckRow   count: pairs of agent and target; examples: the first of them
SELECT
    count()                                                  AS count,
    groupArray(20)(concat(gap.agent_id, ' ', gap.target_id)) AS examples
FROM
(
    SELECT
        agent_id,
        target_id
    FROM measurements
    WHERE started_at >= {from:DateTime64(3, 'UTC')}
      AND started_at < {to:DateTime64(3, 'UTC')}
      AND agent_id IN
      (
          SELECT agent_id
          FROM measurements
          WHERE started_at >= {middle:DateTime64(3, 'UTC')}
            AND started_at < {to:DateTime64(3, 'UTC')}
      )
    GROUP BY agent_id, target_id
    HAVING countIf(started_at < {middle:DateTime64(3, 'UTC')}) >= 6
       AND countIf(started_at >= {middle:DateTime64(3, 'UTC')}) = 0
    ORDER BY agent_id, target_id
) AS gap
