-- How many sampled runs there are in a window.
-- Params: from, to DateTime64(3, 'UTC')   half-open
-- Row:    runs_count UInt64
SELECT count() AS runs_count
FROM comparison_sample
WHERE started_at >= {from:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')}
