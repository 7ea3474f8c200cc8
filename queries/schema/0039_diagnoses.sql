-- What affected agents found out by themselves when an incident opened; append-only, written once each.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS diagnoses
(
    diagnosis_id UUID,
    incident_id  UUID,
    agent_id     String,
    started_at   DateTime64(3, 'UTC'),
    ended_at     DateTime64(3, 'UTC'),
    conclusion   LowCardinality(String),
    checks       String CODEC(ZSTD(1)),
    trace        String CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (incident_id, diagnosis_id)
SETTINGS non_replicated_deduplication_window = 10000
