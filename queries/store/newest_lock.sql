-- The latest migration lock: the one with the highest number. Its comment says who has it, and changes while that one lives.
-- Params: none
-- Row:    { number: number, comment: string }
SELECT
    toUInt32(extract(name, '[0-9]+$')) AS number,
    comment
FROM system.tables
WHERE database = currentDatabase()
  AND match(name, '^migration_lock_[0-9]+$')
ORDER BY number DESC
LIMIT 1
