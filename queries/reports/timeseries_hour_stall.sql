-- What the stall ratio of each target and bucket, and its interval by random groups, are made of, from rollup_hour or
-- rollup_day. The sixteen groups of (agent, hour) blocks take the place of blocks.
-- Excludes tainted runs and runs that never started.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 3,600
--         days Array(Date)   days that are read from rollup_day; none unless bucket_s is a multiple of 86,400
-- Row:    StallPoint
SELECT
    target_id,
    transport,
    formatDateTime(bucket_at, '%Y-%m-%dT%H:%i:%S.000Z') AS at_iso,
    sum(runs)              AS n,
    count()                AS blocks,
    sum(stall)             AS y,
    sum(watched)           AS x,
    sum(stall * stall)     AS yy,
    sum(stall * watched)   AS xy,
    sum(watched * watched) AS xx
FROM
(
    SELECT
        target_id,
        transport,
        toDateTime(intDiv(toUnixTimestamp(at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC') AS bucket_at,
        block,
        sumIf(watched_count, position = 1) AS runs,
        sum(block_stall)           AS stall,
        sum(block_watched)         AS watched
    FROM
    (
        SELECT
            target_id,
            transport,
            at,
            watched_count,
            stall_by_group
        FROM rollup_hour
        WHERE scope = 'target'
          AND at >= {from:DateTime('UTC')}
          AND at < {to:DateTime('UTC')}
          AND toDate(at) NOT IN {days:Array(Date)}
          -- include: reports/part/target_filter
        UNION ALL
        SELECT
            target_id,
            transport,
            at,
            watched_count,
            stall_by_group
        FROM rollup_day
        WHERE scope = 'target'
          AND toDate(at) IN {days:Array(Date)}
          -- include: reports/part/target_filter
    )
    ARRAY JOIN
        stall_by_group.1 AS block,
        stall_by_group.2 AS block_stall,
        stall_by_group.3 AS block_watched,
        arrayEnumerate(stall_by_group.1) AS position
    GROUP BY target_id, transport, bucket_at, block
    HAVING watched > 0
)
GROUP BY target_id, transport, bucket_at
ORDER BY target_id, transport, bucket_at
