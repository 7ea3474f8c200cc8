-- What the stall ratio of each target, and its interval by random groups, are made of, from rollup_minute.
-- Excludes tainted runs and runs that never started. The sixteen groups of (agent, hour) blocks take the place of blocks.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
-- Row:    StallSums
SELECT
    target_id,
    sum(runs)                        AS stall_n,
    countIf(watched > 0)             AS blocks,
    sum(stall)                       AS y,
    sum(watched)                     AS x,
    sum(stall * stall)               AS yy,
    sum(stall * watched)             AS xy,
    sum(watched * watched)           AS xx
FROM
(
    SELECT
        target_id,
        block,
        sumIf(watched_count, position = 1)   AS runs,
        sum(block_stall)             AS stall,
        sum(block_watched)           AS watched
    FROM
    (
        SELECT
            target_id,
            watched_count,
            stall_by_group
        FROM rollup_minute
        WHERE at >= {from:DateTime('UTC')}
          AND at < {to:DateTime('UTC')}
          -- include: reports/part/target_filter
    )
    ARRAY JOIN
        stall_by_group.1 AS block,
        stall_by_group.2 AS block_stall,
        stall_by_group.3 AS block_watched,
        arrayEnumerate(stall_by_group.1) AS position
    GROUP BY target_id, block
)
GROUP BY target_id
ORDER BY target_id
