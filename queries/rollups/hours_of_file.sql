-- The hours in which runs of a file in the Native format started.
-- Params: file String   its path
-- Row:    { hour_s: number }   s since 1970, ascending
SELECT DISTINCT toUnixTimestamp(toStartOfHour(toDateTime(started_at, 'UTC'))) AS hour_s
FROM file({file:String}, 'Native')
ORDER BY hour_s
