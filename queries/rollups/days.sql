-- The days that are in rollup_day, within a window.
-- Params: from, to DateTime('UTC')   half-open; a day must lie within it wholly
-- Row:    { day: string }
SELECT DISTINCT toString(toDate(at)) AS day
FROM rollup_day
WHERE scope = 'target'
  AND at >= {from:DateTime('UTC')}
  AND at + INTERVAL 1 DAY <= {to:DateTime('UTC')}
ORDER BY day
