-- Every target's health in a window of whole hours, from rollup_hour and rollup_day, without stalls.
-- Medians and the ends of their intervals are buckets (see queries/README.md, "Rollups"): the 35 levels are 0.5 and
-- 0.5 -+ 0.5 * 2^(-k/2) for k = 0 to 16; of them the next is taken that is not within the interval's true end.
-- Excludes tainted runs from everything but tainted_count and last_at. Denominators: queries/README.md.
-- Params: from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         node_id, target_id, stream_id, transport, route, format, kind
--         Array(String); an empty list does not filter
--         ranks Array(UInt32)   as in overview.sql
-- Row:    OverviewSums without its stall sums; handshake_* and first_frame_* are buckets
WITH
    argMax((r.node_id, r.stream_id, r.route, r.provider, r.transport, r.format), r.last_started_at) AS newest,
    quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(r.handshake_buckets.1, r.handshake_buckets.2) AS h,
    quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(r.first_frame_buckets.1, r.first_frame_buckets.2) AS f,
    sum(arraySum(r.handshake_buckets.2))                              AS h_n,
    sum(arraySum(r.first_frame_buckets.2))                            AS f_n,
    if(h_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[h_n], toUInt32(floor((h_n - 1.96 * sqrt(h_n)) / 2))) AS h_rank,
    if(f_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[f_n], toUInt32(floor((f_n - 1.96 * sqrt(f_n)) / 2))) AS f_rank,
    if(h_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (h_rank - 1) / h_n)))))) AS h_k,
    if(f_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (f_rank - 1) / f_n)))))) AS f_k
SELECT
    target_id,
    newest.1                                                          AS node_id,
    newest.2                                                          AS stream_id,
    newest.3                                                          AS route,
    newest.4                                                          AS provider,
    newest.5                                                          AS transport,
    newest.6                                                          AS format,
    sum(r.runs_count)                                                 AS runs_count,
    sum(r.started_count)                                              AS started_count,
    sum(r.success_count)                                              AS success_count,
    sum(r.tainted_count)                                              AS tainted_count,
    max(r.last_started_at)                                            AS last_at,
    argMaxMerge(r.advertised)                                         AS http3_advertised,
    h_n                                                               AS handshake_n,
    if(h_n = 0, NULL, h[18])                                          AS handshake_median,
    if(h_rank = 0, NULL, h[1 + h_k])                                  AS handshake_low,
    if(h_rank = 0, NULL, h[35 - h_k])                                 AS handshake_high,
    f_n                                                               AS first_frame_n,
    if(f_n = 0, NULL, f[18])                                          AS first_frame_median,
    if(f_rank = 0, NULL, f[1 + f_k])                                  AS first_frame_low,
    if(f_rank = 0, NULL, f[35 - f_k])                                 AS first_frame_high
FROM
(
    SELECT
        target_id,
        node_id,
        stream_id,
        route,
        provider,
        transport,
        format,
        runs_count,
        started_count,
        success_count,
        tainted_count,
        last_started_at,
        advertised,
        handshake_buckets,
        first_frame_buckets
    FROM rollup_hour
    WHERE scope = 'target'
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
      AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
      AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
      AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
      AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
      AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
      AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
    UNION ALL
    SELECT
        target_id,
        node_id,
        stream_id,
        route,
        provider,
        transport,
        format,
        runs_count,
        started_count,
        success_count,
        tainted_count,
        last_started_at,
        advertised,
        handshake_buckets,
        first_frame_buckets
    FROM rollup_day
    WHERE scope = 'target'
      AND toDate(at) IN {days:Array(Date)}
      AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
      AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
      AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
      AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
      AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
      AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
      AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
) AS r
GROUP BY target_id
ORDER BY target_id
