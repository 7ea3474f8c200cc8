-- Which ClickHouse this is.
-- Params: none
-- Row:    { version: string }
SELECT version() AS version
