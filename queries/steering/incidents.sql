-- Incidents that lasted into a window, the latest to start first, each as of its latest version.
-- A tuple, because argMax skips rows in which its argument is null.
-- Params: from, to DateTime64(3, 'UTC')   half-open; one that has not ended lasts on
--         incident_id Array(UUID), state Array(String)   an empty list does not filter
--         limit UInt32
-- Row:    Incident
SELECT
    incident_id,
    CAST((latest.1, latest.2, latest.3), 'Tuple(kind String, key String, where Map(String, String))') AS scope,
    latest.4 AS severity,
    latest.5 AS state,
    latest.6 AS started_at,
    latest.7 AS detected_at,
    latest.8 AS ended_at,
    latest.9 AS summary,
    latest.10 AS objective,
    latest.11 AS agents_count,
    latest.12 AS evidence,
    latest.13 AS score,
    latest.14 AS opening_excess_ratio,
    latest.15 AS excess_ratio,
    latest.16 AS measurement_ids
FROM
(
    SELECT
        incident_id,
        argMax(
            (
                scope_kind, scope_key, scope_where, severity, state, started_at, detected_at, ended_at, summary,
                objective, agents_count, evidence, score, opening_excess_ratio, excess_ratio, measurement_ids
            ),
            version_at
        ) AS latest
    FROM incidents
    WHERE empty({incident_id:Array(UUID)}) OR incident_id IN {incident_id:Array(UUID)}
    GROUP BY incident_id
)
WHERE latest.6 < {to:DateTime64(3, 'UTC')}
  AND (latest.8 IS NULL OR latest.8 >= {from:DateTime64(3, 'UTC')})
  AND (empty({state:Array(String)}) OR latest.5 IN {state:Array(String)})
ORDER BY started_at DESC, incident_id DESC
LIMIT {limit:UInt32}
