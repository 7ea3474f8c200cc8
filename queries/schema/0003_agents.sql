-- What was last heard of each agent; append-only, the latest version of an agent_id is the one that counts.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS agents
(
    agent_id      String,
    version_at    DateTime64(3, 'UTC'),
    last_seen_at  DateTime64(3, 'UTC'),
    agent_version Nullable(String),
    outbox_count  Nullable(UInt64),
    running_count Nullable(UInt32)
)
ENGINE = MergeTree
ORDER BY (agent_id, version_at)
