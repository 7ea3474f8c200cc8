-- The last steering change of each cell, as of its latest version.
-- A tuple, because argMax skips rows in which its argument is null.
-- Params: dry_run Bool   whether of those that only say what would have been done, or of the others
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
    GROUP BY decision_id
)
WHERE latest.10 = {dry_run:Bool}
ORDER BY decided_at DESC, decision_id DESC
LIMIT 1 BY country, isp
