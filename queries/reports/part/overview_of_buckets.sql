-- A part, not a statement: a target's figures from the buckets of its rollups, of a relation r with their columns.
-- Medians and the ends of their intervals are buckets (see queries/README.md, "Rollups"): the 35 levels are 0.5 and
-- 0.5 -+ 0.5 * 2^(-k/2) for k = 0 to 16; of them the next is taken that is not within the interval's true end.
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
