-- Steering changes decided in a window, newest first, each as of its latest version.
-- A tuple, because argMax skips rows in which its argument is null.
-- Params: from, to DateTime64(3, 'UTC')   half-open
--         decision_id Array(UUID), country, isp, node_id (from or to), verdict ('' of those not judged) Array(String)
--         an empty list does not filter
--         limit UInt32
-- Row:    DecisionRow: a Decision, with `basis` JSON of its `from`, `to` and `effect`
SELECT
    decision_id,
    latest.1 AS decided_at,
    latest.2 AS country,
    latest.3 AS isp,
    latest.4 AS from_node_id,
    latest.5 AS to_node_id,
    latest.6 AS motive,
    latest.7 AS reason,
    latest.8 AS basis,
    latest.9 AS incident_id,
    latest.10 AS dry_run,
    latest.11 AS verdict
FROM
(
    SELECT
        decision_id,
        argMax(
            (
                decided_at, country, isp, from_node_id, to_node_id, motive, reason, basis, incident_id, dry_run,
                verdict
            ),
            version_at
        ) AS latest
    FROM decisions
    WHERE empty({decision_id:Array(UUID)}) OR decision_id IN {decision_id:Array(UUID)}
    GROUP BY decision_id
)
WHERE latest.1 >= {from:DateTime64(3, 'UTC')}
  AND latest.1 < {to:DateTime64(3, 'UTC')}
  AND (empty({country:Array(String)}) OR latest.2 IN {country:Array(String)})
  AND (empty({isp:Array(String)}) OR latest.3 IN {isp:Array(String)})
  AND (
      empty({node_id:Array(String)})
      OR ifNull(latest.4, '') IN {node_id:Array(String)}
      OR latest.5 IN {node_id:Array(String)}
  )
  AND (empty({verdict:Array(String)}) OR ifNull(latest.11, '') IN {verdict:Array(String)})
ORDER BY decided_at DESC, decision_id DESC
LIMIT {limit:UInt32}
