-- What operators say of cells and nodes now, also that they say nothing any more.
-- Params: none
-- Row:    SteeringOverride
SELECT kind, key, revision, at, node_id, drained, until, by, note
FROM steering_overrides
ORDER BY kind, key, revision DESC
LIMIT 1 BY kind, key
