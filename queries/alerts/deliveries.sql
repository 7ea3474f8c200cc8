-- Deliveries, newest first, each with its attempts. A delivery is written down before it is tried: that is attempt 0;
-- that it was silenced is no attempt.
-- Params: from DateTime64(3, 'UTC'), to DateTime64(3, 'UTC')   half-open window over created_at
--         receiver Array(String), incident_id Array(UUID), decision_id Array(UUID)   empty lists do not filter
--         limit UInt32
-- Row:    Delivery
SELECT
    delivery_id,
    created_at,
    any(deliveries.receiver) AS receiver,
    any(deliveries.incident_ids) AS incident_ids,
    any(deliveries.decision_ids) AS decision_ids,
    argMax(deliveries.status, (attempts_count, version_at)) AS status,
    CAST(
        arraySort(
            attempt -> attempt.1,
            groupArrayIf(
                (version_at, reply_code, reason),
                attempts_count > 0 AND deliveries.status != 'silenced'
            )
        ),
        'Array(Tuple(at DateTime64(3, \'UTC\'), reply_code Nullable(UInt16), reason Nullable(String)))'
    ) AS attempts
FROM deliveries
WHERE created_at >= {from:DateTime64(3, 'UTC')}
  AND created_at <  {to:DateTime64(3, 'UTC')}
  AND (empty({receiver:Array(String)}) OR deliveries.receiver IN {receiver:Array(String)})
  AND (empty({incident_id:Array(UUID)}) OR hasAny(deliveries.incident_ids, {incident_id:Array(UUID)}))
  AND (empty({decision_id:Array(UUID)}) OR hasAny(deliveries.decision_ids, {decision_id:Array(UUID)}))
GROUP BY created_at, delivery_id
ORDER BY created_at DESC, delivery_id DESC
LIMIT {limit:UInt32}
