-- The median of one time metric per target and bucket, with the order statistics of its 95 % interval.
-- Excludes tainted runs, runs in which the metric is null, and resumed runs for handshake_ms.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         metric String   handshake_ms, ttfb_ms, first_frame_ms or startup_ms
--         bucket_s UInt32
--         ranks Array(UInt32)   as in overview.sql
-- Row:    MedianPoint
WITH
    arraySort(groupArray(value)) AS v,
    length(v)                    AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank
SELECT
    target_id,
    transport,
    at,
    v_n                                                                    AS n,
    if(v_n = 0, NULL, (v[intDiv(v_n + 1, 2)] + v[intDiv(v_n, 2) + 1]) / 2) AS median,
    if(v_rank = 0, NULL, v[v_rank])                                        AS low,
    if(v_rank = 0, NULL, v[v_n + 1 - v_rank])                              AS high
FROM
(
    SELECT
        target_id,
        transport,
        fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(started_at), {bucket_s:UInt32} * 1000) * {bucket_s:UInt32} * 1000, 'UTC') AS at,
        multiIf(
                {metric:String} = 'handshake_ms', if(ifNull(resumed, false), NULL, handshake_ms),
                {metric:String} = 'ttfb_ms', ttfb_ms,
                {metric:String} = 'first_frame_ms', first_frame_ms,
                {metric:String} = 'startup_ms', startup_ms,
                NULL
            ) AS value
    FROM measurements
    -- include: measurements/part/filter
      AND empty(taints)
)
WHERE value IS NOT NULL
GROUP BY target_id, transport, at
ORDER BY target_id, transport, at
