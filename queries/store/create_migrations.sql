-- The record of which schema files were applied.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS migrations
(
    version    UInt32,
    name       String,
    checksum   FixedString(64),
    applied_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY version
