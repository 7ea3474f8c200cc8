-- One measurement by its id.
-- Params: measurement_id UUID
-- Row:    StoredMeasurement
SELECT
    -- include: measurements/part/columns
FROM measurements
WHERE measurement_id = {measurement_id:UUID}
LIMIT 1
