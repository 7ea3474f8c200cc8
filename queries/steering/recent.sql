-- What agents of each cell saw of each node lately, each run weighing less the older it is; tainted runs and those an agent or
-- its resolver is to blame for are left out; of those the hypervisor alone taints the times are. Times as sums of their natural
-- logarithm, of runs that have them.
-- Params: now, since DateTime64(3, 'UTC')   runs that were stored from `since` on
--         fade_s Float64   the age at which a run weighs 1/e
-- Row:    RecentRow, as an array in this order; `newest_ms`: ms since 1970 of the latest run
SELECT
    run.country AS country,
    run.isp AS isp,
    run.node_id AS node_id,
    sum(run.weight) AS runs,
    sumIf(run.weight, run.failure_code IS NOT NULL) AS failed,
    sum(run.weight * (ifNull(run.played_ms, 0) + ifNull(run.stall_ms, 0))) AS watched_ms,
    sum(run.weight * ifNull(run.stall_ms, 0)) AS stall_ms,
    sumIf(run.weight, run.handshake_ms > 0 AND NOT run.stolen) AS connected,
    sumIf(run.weight * log(run.handshake_ms), run.handshake_ms > 0 AND NOT run.stolen) AS handshake_log,
    sumIf(run.weight, run.startup_ms > 0 AND NOT run.stolen) AS started,
    sumIf(run.weight * log(run.startup_ms), run.startup_ms > 0 AND NOT run.stolen) AS startup_log,
    toUnixTimestamp64Milli(max(run.started_at)) AS newest_ms
FROM
(
    SELECT
        *,
        exp(-greatest(0, dateDiff('millisecond', started_at, {now:DateTime64(3, 'UTC')})) / 1000 / {fade_s:Float64}) AS weight
    FROM observations
    WHERE inserted_at >= {since:DateTime64(3, 'UTC')}
      AND (stolen OR NOT tainted)
      AND (failure_source IS NULL OR failure_source IN ('target', 'path'))
    ORDER BY inserted_at
    LIMIT 1 BY measurement_id
) AS run
GROUP BY country, isp, node_id
ORDER BY country, isp, node_id
