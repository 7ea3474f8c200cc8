-- How many (agent, hour) blocks and runs the first of the 64 levels of comparison_sample has that match.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
-- Row:    { blocks: number, runs: number }
SELECT
    uniqExact(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) AS blocks,
    count() AS runs
FROM comparison_sample
-- include: measurements/part/filter
  AND level = 0
