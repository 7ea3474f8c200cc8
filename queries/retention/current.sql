-- For how many days each table keeps its rows; 0: for ever.
-- Params: tables Array(String)
-- Row:    { table: string, days: number }
SELECT
    name                                                             AS table,
    toUInt32OrZero(extract(engine_full, 'TTL .*toIntervalDay\\((\\d+)\\)')) AS days
FROM system.tables
WHERE database = currentDatabase()
  AND name IN {tables:Array(String)}
