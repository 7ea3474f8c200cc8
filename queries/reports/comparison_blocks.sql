-- The runs of both arms of a comparison, gathered into (agent, hour) blocks.
-- Excludes tainted runs; for handshake_ms also cleartext (counted) and resumed runs. Stall sums are over runs that started.
-- When there are more blocks than the limit, those of lowest hash are taken: a fixed pseudo-random sample of whole blocks.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
--         arm Identifier   the column that tells the arms apart; any for period
--         metric String   which metric; value Identifier   its column, startup_ms for stall_ratio and success_ratio
--         runs, least, limit UInt32   blocks are taken until they have so many runs, at least and at most so many blocks
-- Row:    ComparisonBlock
-- include: reports/part/comparison_columns
FROM measurements
-- include: measurements/part/filter
  AND empty(taints)
  AND (in_a OR in_b)
GROUP BY agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))
WINDOW by_hash AS (ORDER BY cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
-- As many blocks as have the runs, but not fewer than the least.
QUALIFY sum(a_runs + b_runs) OVER by_hash <= {runs:UInt32} OR row_number() OVER by_hash <= {least:UInt32}
ORDER BY cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC')))
LIMIT {limit:UInt32}
