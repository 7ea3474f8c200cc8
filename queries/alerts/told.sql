-- What each receiver was told, or will be, of each incident and decision, and when last. What was silenced was not told.
-- Params: from DateTime64(3, 'UTC')   deliveries made at or after this
-- Row:    { receiver: string, id: string, phases: string[], told_at: string }
SELECT
    receiver,
    id,
    groupUniqArray(phase) AS phases,
    max(made_at) AS told_at
FROM
(
    SELECT
        any(deliveries.receiver) AS receiver,
        arrayConcat(any(incident_ids), any(decision_ids)) AS ids,
        any(deliveries.phases) AS told,
        any(created_at) AS made_at,
        argMax(status, (attempts_count, version_at)) AS last
    FROM deliveries
    WHERE created_at >= {from:DateTime64(3, 'UTC')}
    GROUP BY delivery_id
)
ARRAY JOIN ids AS id, told AS phase
WHERE last != 'silenced'
GROUP BY receiver, id
