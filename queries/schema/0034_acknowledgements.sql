-- That somebody looks after an incident; append-only, the latest version of an incident_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS acknowledgements
(
    incident_id UUID,
    at          DateTime64(3, 'UTC'),
    by          String,
    note        String
)
ENGINE = MergeTree
ORDER BY (incident_id, at)
SETTINGS non_replicated_deduplication_window = 10000
