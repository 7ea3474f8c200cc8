-- How many pairs have one run in each arm of a comparison, of the blocks that are in comparison_sample up to a level.
-- Excludes what comparison_pairs.sql does.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
--         levels UInt8   how many of the 64 levels to read
-- Row:    { pairs: number }
SELECT count() AS pairs
FROM
(
    WITH
        -- include: reports/part/comparison_arm
    SELECT pair
    FROM comparison_sample
    -- include: measurements/part/filter
      AND level < {levels:UInt8}
      AND pair != 0
      AND (in_a OR in_b)
    GROUP BY pair
    HAVING max(in_a) AND max(in_b)
)
