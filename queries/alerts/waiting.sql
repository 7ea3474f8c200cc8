-- Messages that are neither delivered nor given up, oldest first. What they say is in attempt 0.
-- Params: from DateTime64(3, 'UTC')   decided on at or after this
-- Row:    { message: string, attempts_count: number, next_at: string }
WITH waiting AS
(
    SELECT
        delivery_id,
        max(deliveries.attempts_count) AS attempts,
        argMax(deliveries.next_at, (deliveries.attempts_count, version_at)) AS next
    FROM deliveries
    WHERE created_at >= {from:DateTime64(3, 'UTC')}
    GROUP BY delivery_id
    HAVING argMax(deliveries.status, (deliveries.attempts_count, version_at)) = 'waiting'
)
SELECT
    any(said.message) AS message,
    any(waiting.attempts) AS attempts_count,
    any(waiting.next) AS next_at
FROM deliveries AS said
INNER JOIN waiting ON waiting.delivery_id = said.delivery_id
WHERE said.created_at >= {from:DateTime64(3, 'UTC')}
  AND said.attempts_count = 0
  AND said.status = 'waiting'
  AND said.delivery_id IN (SELECT delivery_id FROM waiting)
GROUP BY said.created_at, said.delivery_id
ORDER BY said.created_at, said.delivery_id
