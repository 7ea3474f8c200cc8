-- The days over which rollup_day and rollup_hour do not agree on how many runs there were: new ones, and ones to which
-- runs came late.
-- Params: from, to DateTime('UTC')   whole days, half-open
-- Row:    { day: string }
SELECT toString(day) AS day
FROM
(
    SELECT
        toDate(at)                      AS day,
        sum(runs_count + tainted_count) AS hours_count,
        0                               AS days_count
    FROM rollup_hour
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
    GROUP BY day
    UNION ALL
    SELECT
        toDate(at)                      AS day,
        0                               AS hours_count,
        sum(runs_count + tainted_count) AS days_count
    FROM rollup_day
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
    GROUP BY day
) AS counted
GROUP BY counted.day
HAVING sum(hours_count) > sum(days_count)
ORDER BY counted.day
