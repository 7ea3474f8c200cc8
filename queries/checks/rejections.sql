-- Agents of whose lines more than ten were rejected in the last hour of the window, and more than three times as many as in an
-- hour of the rest of it, on average.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over received_at
--         hours Float64   how long the window is without its last hour
-- Row:    CheckRow   count: agents; examples: agent, code and lines of the last hour
SELECT
    count()                                                                                              AS count,
    groupArray(20)(concat(rising.agent_id, ' ', rising.code_of_most, ' ', toString(rising.lines_of_last))) AS examples
FROM
(
    SELECT
        agent_id,
        countIf(received_at >= {to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR)             AS lines_of_last,
        anyHeavyIf(code, received_at >= {to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR)    AS code_of_most,
        countIf(received_at < {to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR)              AS lines_of_rest
    FROM rejections
    WHERE received_at >= {from:DateTime64(3, 'UTC')}
      AND received_at < {to:DateTime64(3, 'UTC')}
    GROUP BY agent_id
    HAVING lines_of_last > 10 AND lines_of_last > 3 * lines_of_rest / {hours:Float64}
    ORDER BY lines_of_last DESC, agent_id
) AS rising
