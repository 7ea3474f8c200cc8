-- The schema files that were applied, in order.
-- Params: none
-- Row:    AppliedMigration
SELECT
    version,
    any(name)     AS name,
    any(checksum) AS checksum
FROM migrations
GROUP BY version
ORDER BY version
