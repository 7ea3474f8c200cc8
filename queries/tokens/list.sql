-- The latest version of every token that was not revoked. A tuple, because argMax skips rows in which its argument is null.
-- Params: none
-- Row:    StoredToken
SELECT
    token_id,
    latest.1 AS token_hash,
    latest.2 AS role,
    latest.3 AS name,
    latest.4 AS agent_id,
    latest.5 AS created_at
FROM
(
    SELECT
        token_id,
        argMax((token_hash, role, name, agent_id, created_at, revoked), version_at) AS latest
    FROM tokens
    GROUP BY token_id
)
WHERE NOT latest.6
ORDER BY created_at, token_id
