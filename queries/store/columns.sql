-- The columns of a table, in order.
-- Params: table String
-- Row:    { name: string }
SELECT name
FROM system.columns
WHERE database = currentDatabase()
  AND table = {table:String}
ORDER BY position
