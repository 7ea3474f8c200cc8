-- Steering changes; append-only, the latest version of a decision_id is the one that counts: its verdict comes later.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS decisions
(
    decision_id  UUID,
    version_at   DateTime64(3, 'UTC'),
    decided_at   DateTime64(3, 'UTC'),
    country      LowCardinality(String),
    isp          LowCardinality(String),
    from_node_id Nullable(String),
    to_node_id   String,
    reason       String CODEC(ZSTD(1)),
    incident_id  Nullable(UUID),
    verdict      LowCardinality(Nullable(String))
)
ENGINE = MergeTree
ORDER BY (decision_id, version_at)
