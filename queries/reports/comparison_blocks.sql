-- The runs of both arms of a comparison, gathered into (agent, hour) blocks.
-- Excludes tainted runs; for handshake_ms also cleartext (counted) and resumed runs. Stall sums are over runs that started.
-- When there are more blocks than the limit, those of lowest hash are taken: a fixed pseudo-random sample of whole blocks.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
--         metric String   which values to list; none for stall_ratio and success_ratio
--         limit UInt32   most (agent, hour) pairs
-- Row:    ComparisonBlock
-- include: reports/part/comparison_columns
FROM measurements
-- include: measurements/part/filter
  AND empty(taints)
  AND (in_a OR in_b)
GROUP BY agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))
ORDER BY cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC')))
LIMIT {limit:UInt32}
