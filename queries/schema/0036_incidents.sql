-- Anomalies; append-only, the latest version of an incident_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS incidents
(
    incident_id          UUID,
    version_at           DateTime64(3, 'UTC'),
    scope_kind           LowCardinality(String),
    scope_key            String,
    scope_where          Map(String, String),
    severity             LowCardinality(String),
    state                LowCardinality(String),
    started_at           DateTime64(3, 'UTC'),
    detected_at          DateTime64(3, 'UTC'),
    ended_at             Nullable(DateTime64(3, 'UTC')),
    summary              String CODEC(ZSTD(1)),
    objective            Nullable(String),
    agents_count         UInt32,
    evidence             Array(Tuple(signal String, runs_count UInt32, bad_count UInt32, expected_count Float64)),
    score                Float64,
    opening_excess_ratio Float64,
    excess_ratio         Float64,
    measurement_ids      Array(UUID)
)
ENGINE = MergeTree
ORDER BY (incident_id, version_at)
SETTINGS non_replicated_deduplication_window = 10000
