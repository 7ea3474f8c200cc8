-- How many runs rollup_minute has in a window, tainted ones too.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
-- Row:    { runs: number }
SELECT sum(runs_count + tainted_count) AS runs
FROM rollup_minute
WHERE at >= {from:DateTime('UTC')}
  AND at < {to:DateTime('UTC')}
