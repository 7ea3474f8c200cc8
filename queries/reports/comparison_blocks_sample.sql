-- The same as comparison_blocks.sql, of the blocks that are in comparison_sample up to a hash.
-- Excludes what comparison_blocks.sql does.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
--         arm Identifier   the column that tells the arms apart; any for period
--         metric String   which metric; value Identifier   its column, startup_ms for stall_ratio and success_ratio
--         runs, least, limit UInt32   blocks are taken until they have so many runs, at least and at most so many blocks
--         levels UInt8   how many of the 64 levels to read
--         below UInt64   only blocks whose hash is less
-- Row:    ComparisonBlock, with pairs: how many have both halves in the block, one in each arm
-- include: reports/part/comparison_columns
    ,
    length(arrayIntersect(groupArrayIf(pair, in_a AND pair != 0), groupArrayIf(pair, in_b AND pair != 0))) AS pairs
FROM comparison_sample
-- include: measurements/part/filter
  AND level < {levels:UInt8}
  AND cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) < {below:UInt64}
  AND (in_a OR in_b)
GROUP BY agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))
WINDOW by_hash AS (ORDER BY cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
-- As many blocks as have the runs, but not fewer than the least.
QUALIFY sum(a_runs + b_runs) OVER by_hash <= {runs:UInt32} OR row_number() OVER by_hash <= {least:UInt32}
ORDER BY cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC')))
LIMIT {limit:UInt32}
