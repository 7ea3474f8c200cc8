-- Tokens handed out by an admin; append-only, the latest version of a token_id is the one that counts.
-- The token itself is never stored: token_hash is its SHA-256, in hex.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS tokens
(
    token_id   UUID,
    version_at DateTime64(3, 'UTC'),
    token_hash FixedString(64),
    role       LowCardinality(String),
    name       String,
    agent_id   Nullable(String),
    created_at DateTime64(3, 'UTC'),
    revoked    Bool
)
ENGINE = MergeTree
ORDER BY (token_id, version_at)
