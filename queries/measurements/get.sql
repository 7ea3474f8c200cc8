-- One measurement by its id, in a window: of two hours, it is found ten times as fast as among everything.
-- Params: measurement_id UUID
--         from, to DateTime64(3, 'UTC')   half-open window over started_at
-- Row:    StoredMeasurement
SELECT
    -- include: measurements/part/columns
FROM measurements
WHERE measurement_id = {measurement_id:UUID}
  AND started_at >= {from:DateTime64(3, 'UTC')}
  AND started_at < {to:DateTime64(3, 'UTC')}
LIMIT 1
