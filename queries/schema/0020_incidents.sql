-- Anomalies; append-only, the latest version of an incident_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS incidents
(
    incident_id     UUID,
    version_at      DateTime64(3, 'UTC'),
    scope_kind      LowCardinality(String),
    scope_key       String,
    severity        LowCardinality(String),
    state           LowCardinality(String),
    started_at      DateTime64(3, 'UTC'),
    ended_at        Nullable(DateTime64(3, 'UTC')),
    summary         String CODEC(ZSTD(1)),
    measurement_ids Array(UUID)
)
ENGINE = MergeTree
ORDER BY (incident_id, version_at)
