-- The days that are in rollup_day, within a window.
-- Params: from, to DateTime('UTC')   half-open; a day must lie within it wholly
-- Row:    { day: string }
SELECT toString(toDate(at)) AS day
FROM rollup_day
WHERE toDate(at) >= toDate({from:DateTime('UTC')} + INTERVAL 86399 SECOND)
  AND toDate(at) < toDate({to:DateTime('UTC')})
GROUP BY toDate(at)
ORDER BY day
