-- The median of one time metric per target and bucket, from rollup_minute: the same figures as timeseries_median.sql has.
-- Excludes tainted runs, runs in which the metric is null, and resumed runs for handshake_ms.
-- Params: from, to DateTime('UTC')   whole minutes, half-open
--         node_id, target_id, stream_id, country, isp, transport, route, format, kind
--         Array(String); an empty list does not filter
--         bucket_s UInt32   a multiple of 60
--         metric String   handshake_ms, ttfb_ms, first_frame_ms or startup_ms
--         ranks Array(UInt32)   as in overview.sql
-- Row:    MedianPoint
WITH
    arraySort(groupArrayArray(multiIf(
            {metric:String} = 'handshake_ms', handshake_values,
            {metric:String} = 'ttfb_ms', ttfb_values,
            {metric:String} = 'first_frame_ms', first_frame_values,
            startup_values
        ))) AS v,
    length(v)                    AS v_n,
    if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank
SELECT
    target_id,
    transport,
    toDateTime(intDiv(toUnixTimestamp(at), {bucket_s:UInt32}) * {bucket_s:UInt32}, 'UTC') AS bucket_at,
    formatDateTime(bucket_at, '%Y-%m-%dT%H:%i:%S.000Z') AS at_iso,
    v_n                                                                    AS n,
    if(v_n = 0, NULL, (v[intDiv(v_n + 1, 2)] + v[intDiv(v_n, 2) + 1]) / 2) AS median,
    if(v_rank = 0, NULL, v[v_rank])                                        AS low,
    if(v_rank = 0, NULL, v[v_n + 1 - v_rank])                              AS high
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
GROUP BY target_id, transport, bucket_at
HAVING n > 0
ORDER BY target_id, transport, bucket_at
