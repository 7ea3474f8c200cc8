-- Whether the store answers.
-- Params: none
-- Row:    { ok: number }
SELECT 1 AS ok
