-- Silences, the one that ends last first.
-- Params: from DateTime64(3, 'UTC')   those that end at or after this
-- Row:    Silence, with `match` as JSON
SELECT
    silence_id,
    latest.1 AS match,
    latest.2 AS starts_at,
    latest.3 AS ends_at,
    latest.4 AS by,
    latest.5 AS note
FROM
(
    SELECT silence_id, argMax((match, starts_at, ends_at, by, note), version_at) AS latest
    FROM silences
    GROUP BY silence_id
)
WHERE latest.3 >= {from:DateTime64(3, 'UTC')}
ORDER BY ends_at DESC, silence_id DESC
LIMIT 10000
