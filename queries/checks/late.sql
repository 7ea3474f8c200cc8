-- Agents whose runs came more than ten minutes after they had ended: an outbox that is behind.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over started_at
-- Row:    CheckRow   count: agents; examples: agent, late runs and the longest delay in s
SELECT
    count()                                                                                                     AS count,
    groupArray(20)(concat(late.agent_id, ' ', toString(late.runs), ' ', toString(round(late.longest_ms / 1000)))) AS examples
FROM
(
    SELECT
        agent_id,
        count()       AS runs,
        max(delay_ms) AS longest_ms
    FROM
    (
        SELECT
            agent_id,
            toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(started_at) - wall_ms AS delay_ms
        FROM measurements
        WHERE started_at >= {from:DateTime64(3, 'UTC')}
          AND started_at < {to:DateTime64(3, 'UTC')}
    )
    WHERE delay_ms > 600000
    GROUP BY agent_id
    ORDER BY runs DESC, agent_id
) AS late
