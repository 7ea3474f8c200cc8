-- The columns of a table, in order.
-- Params: table String
-- Row:    { name: string, type: string }
SELECT name, type
FROM system.columns
WHERE database = currentDatabase()
  AND table = {table:String}
ORDER BY position
