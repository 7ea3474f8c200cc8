-- Who made the runs that show an incident, and to which nodes; the most of them first. Runs of the last hours alone are found.
-- Params: measurement_ids Array(UUID)
-- Row:    AffectedRow
SELECT agent_id, node_id, uniqExact(measurement_id) AS runs_count
FROM observations
WHERE measurement_id IN {measurement_ids:Array(UUID)}
GROUP BY agent_id, node_id
ORDER BY runs_count DESC, agent_id, node_id
