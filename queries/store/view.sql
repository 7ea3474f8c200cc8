-- What a view selects, as the engine has it.
-- Params: view String
-- Row:    { as_select: string }
SELECT as_select
FROM system.tables
WHERE database = currentDatabase()
  AND name = {view:String}
