-- One metric per vantage (cell) and node, or country of nodes: what its estimate is made of.
-- Excludes tainted runs. Medians: runs in which the metric is null, and resumed runs for handshake_ms, are left out.
-- Stalls: of runs that started; blocks are (agent, hour). Successes: of every run.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         columns String   node_id or node_country
--         metric String   see queries/README.md
--         ranks Array(UInt32)   as in overview.sql
--         limit UInt32
-- Row:    HeatmapRow
WITH
    arraySort(groupArrayArray(block_values)) AS v,
    length(v)                                AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank
SELECT
    country,
    isp,
    column,
    sum(runs)                                                              AS runs_count,
    sum(successes)                                                         AS success_count,
    v_n                                                                    AS n,
    if(v_n = 0, NULL, (v[intDiv(v_n + 1, 2)] + v[intDiv(v_n, 2) + 1]) / 2) AS median,
    if(v_rank = 0, NULL, v[v_rank])                                        AS low,
    if(v_rank = 0, NULL, v[v_n + 1 - v_rank])                              AS high,
    sum(started)                                                           AS stall_n,
    countIf(watched > 0)                                                   AS blocks,
    sum(stall)                                                             AS y,
    sum(watched)                                                           AS x,
    sum(stall * stall)                                                     AS yy,
    sum(stall * watched)                                                   AS xy,
    sum(watched * watched)                                                 AS xx
FROM
(
    WITH
        multiIf(
            {metric:String} = 'handshake_ms', if(ifNull(resumed, false), NULL, handshake_ms),
            {metric:String} = 'ttfb_ms', ttfb_ms,
            {metric:String} = 'first_frame_ms', first_frame_ms,
            {metric:String} = 'startup_ms', startup_ms,
            NULL
        )                                                                             AS value,
        startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL     AS has_watched
    SELECT
        country,
        isp,
        if({columns:String} = 'node_country', node_country, node_id)                  AS column,
        agent_id,
        toStartOfHour(started_at)                                                     AS hour,
        count()                                                                       AS runs,
        countIf(failure_code IS NULL)                                                 AS successes,
        groupArrayIf(assumeNotNull(value), value IS NOT NULL)                         AS block_values,
        countIf(has_watched)                                                          AS started,
        sumIf(assumeNotNull(stall_ms), has_watched)                                   AS stall,
        sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), has_watched)        AS watched
    FROM measurements
    -- include: measurements/part/filter
      AND empty(taints)
    GROUP BY country, isp, column, agent_id, hour
)
GROUP BY country, isp, column
ORDER BY country, isp, column
LIMIT {limit:UInt32}
