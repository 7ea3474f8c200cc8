-- Every target's health in a window: counts, and the sums and order statistics its estimates are made of.
-- Excludes tainted runs from everything but tainted_count and last_started_at. Denominators: queries/README.md.
-- Blocks are (agent, hour): runs of one agent in one hour are not independent.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         ranks Array(UInt32)   ranks[n]: rank of the lower end of the 95 % interval of a median of n; 0: none
-- Row:    OverviewSums
WITH
    blocks AS
    (
        SELECT
            target_id,
            agent_id,
            toStartOfHour(started_at)                                                   AS hour,
            argMax((node_id, stream_id, route, provider, transport, format), started_at) AS latest,
            argMax(http3_advertised, started_at)                                        AS advertised,
            max(started_at)                                                             AS last_started_at,
            empty(taints)                                                               AS clean,
            count()                                                                     AS runs,
            countIf(failure_code IS NULL)                                               AS successes,
            countIf(startup_ms IS NOT NULL)                                             AS started,
            sumIf(assumeNotNull(stall_ms), startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL)
                                                                                        AS stall,
            sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL)
                                                                                        AS watched,
            countIf(startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL)
                                                                                        AS watched_runs,
            groupArrayIf(assumeNotNull(handshake_ms), handshake_ms IS NOT NULL AND ifNull(resumed, false) = false)
                                                                                        AS handshakes,
            groupArrayIf(assumeNotNull(first_frame_ms), first_frame_ms IS NOT NULL)     AS first_frames
        FROM measurements
        -- include: measurements/part/filter
        GROUP BY target_id, agent_id, hour, clean
    ),
    arraySort(groupArrayArrayIf(handshakes, clean))   AS h,
    arraySort(groupArrayArrayIf(first_frames, clean)) AS f,
    length(h)                                         AS h_n,
    length(f)                                         AS f_n,
    if(h_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[h_n], toUInt32(floor((h_n - 1.96 * sqrt(h_n)) / 2))) AS h_rank,
    if(f_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[f_n], toUInt32(floor((f_n - 1.96 * sqrt(f_n)) / 2))) AS f_rank,
    argMax(latest, last_started_at)                   AS newest
SELECT
    target_id,
    newest.1                                                          AS node_id,
    newest.2                                                          AS stream_id,
    newest.3                                                          AS route,
    newest.4                                                          AS provider,
    newest.5                                                          AS transport,
    newest.6                                                          AS format,
    sumIf(runs, clean)                                                AS runs_count,
    sumIf(started, clean)                                             AS started_count,
    sumIf(successes, clean)                                           AS success_count,
    sumIf(runs, NOT clean)                                            AS tainted_count,
    max(last_started_at)                                              AS last_at,
    argMax(advertised, last_started_at)                               AS http3_advertised,
    h_n                                                               AS handshake_n,
    if(h_n = 0, NULL, (h[intDiv(h_n + 1, 2)] + h[intDiv(h_n, 2) + 1]) / 2) AS handshake_median,
    if(h_rank = 0, NULL, h[h_rank])                                   AS handshake_low,
    if(h_rank = 0, NULL, h[h_n + 1 - h_rank])                         AS handshake_high,
    f_n                                                               AS first_frame_n,
    if(f_n = 0, NULL, (f[intDiv(f_n + 1, 2)] + f[intDiv(f_n, 2) + 1]) / 2) AS first_frame_median,
    if(f_rank = 0, NULL, f[f_rank])                                   AS first_frame_low,
    if(f_rank = 0, NULL, f[f_n + 1 - f_rank])                         AS first_frame_high,
    sumIf(watched_runs, clean)                                        AS stall_n,
    countIf(clean AND watched > 0)                                    AS blocks,
    sumIf(stall, clean)                                               AS y,
    sumIf(watched, clean)                                             AS x,
    sumIf(stall * stall, clean)                                       AS yy,
    sumIf(stall * watched, clean)                                     AS xy,
    sumIf(watched * watched, clean)                                   AS xx
FROM blocks
GROUP BY target_id
ORDER BY target_id
