-- Every target's health in a window of whole minutes, from rollup_minute: the same figures as overview.sql has, without stalls.
-- Excludes tainted runs from everything but tainted_count and last_at. Denominators: queries/README.md.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, country, isp, transport, route, format, kind
--         Array(String); an empty list does not filter
--         ranks Array(UInt32)   as in overview.sql
-- Row:    OverviewSums without its stall sums
WITH
    argMax((r.node_id, r.stream_id, r.route, r.provider, r.transport, r.format), r.last_started_at) AS newest,
    arraySort(groupArrayArray(handshake_values))   AS h,
    arraySort(groupArrayArray(first_frame_values)) AS f,
    length(h)                                      AS h_n,
    length(f)                                      AS f_n,
    if(h_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[h_n], toUInt32(floor((h_n - 1.96 * sqrt(h_n)) / 2))) AS h_rank,
    if(f_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[f_n], toUInt32(floor((f_n - 1.96 * sqrt(f_n)) / 2))) AS f_rank
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
    argMax(r.advertised, r.last_started_at)                           AS http3_advertised,
    h_n                                                               AS handshake_n,
    if(h_n = 0, NULL, (h[intDiv(h_n + 1, 2)] + h[intDiv(h_n, 2) + 1]) / 2) AS handshake_median,
    if(h_rank = 0, NULL, h[h_rank])                                   AS handshake_low,
    if(h_rank = 0, NULL, h[h_n + 1 - h_rank])                         AS handshake_high,
    f_n                                                               AS first_frame_n,
    if(f_n = 0, NULL, (f[intDiv(f_n + 1, 2)] + f[intDiv(f_n, 2) + 1]) / 2) AS first_frame_median,
    if(f_rank = 0, NULL, f[f_rank])                                   AS first_frame_low,
    if(f_rank = 0, NULL, f[f_n + 1 - f_rank])                         AS first_frame_high
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
        handshake_values,
        first_frame_values
    FROM rollup_minute
    WHERE at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
      AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
      AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
      AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
      AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
      AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
      AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
      AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
      AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
) AS r
GROUP BY target_id
ORDER BY target_id
