-- What a steering change was made from, and whether anybody was sent anywhere by it. `basis` is JSON.
-- Params: none
-- Row:    none
ALTER TABLE decisions
    ADD COLUMN IF NOT EXISTS motive LowCardinality(String) DEFAULT 'better',
    ADD COLUMN IF NOT EXISTS basis String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dry_run Bool
