-- How many rows of rollup_minute a window has.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
-- Row:    { rows: number }
SELECT count() AS rows
FROM rollup_minute
WHERE at >= {from:DateTime('UTC')}
  AND at < {to:DateTime('UTC')}
