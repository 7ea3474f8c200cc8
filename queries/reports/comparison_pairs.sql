-- How many pairs have one run in each arm of a comparison.
-- Excludes tainted runs, runs that were not half of a pair, and pairs of which one half is outside both arms.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         by String   transport, route, provider, node_id or period
--         a_key, b_key String   what each arm is called; '' for period
--         arm Identifier   the column that tells the arms apart; any for period
--         a_from, a_to, b_from, b_to DateTime64(3, 'UTC')   each arm's window; the same unless by period
-- Row:    { pairs: number }
SELECT count() AS pairs
FROM
(
    WITH
        -- include: reports/part/comparison_arm
    SELECT pair_id
    FROM measurements
    -- include: measurements/part/filter
      AND empty(taints)
      AND pair_id IS NOT NULL
      AND (in_a OR in_b)
    GROUP BY pair_id
    HAVING max(in_a) AND max(in_b)
)
