-- Runs that are stored more than once, which the deduplication of batches should never let happen.
-- Params: from, to DateTime64(3, 'UTC')   half-open window over started_at
-- Row:    CheckRow   count: measurement ids; examples: the first of them
SELECT
    count()                               AS count,
    groupArray(20)(toString(repeated.id)) AS examples
FROM
(
    SELECT measurement_id AS id
    FROM measurements
    WHERE started_at >= {from:DateTime64(3, 'UTC')}
      AND started_at < {to:DateTime64(3, 'UTC')}
    GROUP BY measurement_id
    HAVING count() > 1
    ORDER BY measurement_id
) AS repeated
