-- The days of which measurements are stored.
-- Params: none
-- Row:    { day: string }
SELECT DISTINCT toString(toDate(started_at)) AS day
FROM measurements
ORDER BY day
