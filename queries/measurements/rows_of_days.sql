-- How many runs are stored of some days, told from the parts without reading rows.
-- Params: from, to DateTime('UTC')   whole days, half-open
-- Row:    { rows: number }
SELECT count() AS rows
FROM measurements
WHERE toDate(started_at) >= toDate({from:DateTime('UTC')})
  AND toDate(started_at) < toDate({to:DateTime('UTC')})
