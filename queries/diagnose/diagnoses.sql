-- The diagnoses of an incident, the earliest first; `checks` and `trace` are JSON.
-- Params: incident_id UUID, limit UInt32
-- Row:    DiagnosisRow
SELECT diagnosis_id, incident_id, agent_id, started_at, ended_at, conclusion, checks, trace
FROM diagnoses
WHERE incident_id = {incident_id:UUID}
ORDER BY diagnosis_id
LIMIT 1 BY diagnosis_id
LIMIT {limit:UInt32}
