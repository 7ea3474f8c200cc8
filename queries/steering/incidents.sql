-- Incidents that lasted into a window, the latest to start first, each as of its latest version.
-- A tuple, because argMax skips rows in which its argument is null.
-- Params: from, to DateTime64(3, 'UTC')   half-open; one that has not ended lasts on
--         state Array(String)   an empty list does not filter
--         limit UInt32
-- Row:    Incident
SELECT
    incident_id,
    CAST((latest.1, latest.2), 'Tuple(kind String, key String)') AS scope,
    latest.3 AS severity,
    latest.4 AS state,
    latest.5 AS started_at,
    latest.6 AS ended_at,
    latest.7 AS summary,
    latest.8 AS measurement_ids
FROM
(
    SELECT
        incident_id,
        argMax((scope_kind, scope_key, severity, state, started_at, ended_at, summary, measurement_ids), version_at) AS latest
    FROM incidents
    GROUP BY incident_id
)
WHERE latest.5 < {to:DateTime64(3, 'UTC')}
  AND (latest.6 IS NULL OR latest.6 >= {from:DateTime64(3, 'UTC')})
  AND (empty({state:Array(String)}) OR latest.4 IN {state:Array(String)})
ORDER BY started_at DESC, incident_id DESC
LIMIT {limit:UInt32}
