-- A part, not a statement: what a comparison takes of each (agent, hour) block, over measurements or comparison_sample.
WITH
    {metric:String} = 'handshake_ms' AND handshake_ms IS NOT NULL AND tls_version IS NULL AS is_cleartext,
    if({metric:String} = 'handshake_ms' AND ifNull(resumed, false), NULL, {value:Identifier}) AS metric_value,
    metric_value IS NOT NULL AND NOT is_cleartext AS has_value,
    startup_ms IS NOT NULL AND stall_ms IS NOT NULL AND played_ms IS NOT NULL AS watched,
    -- include: reports/part/comparison_arm
SELECT
    groupArrayIf(assumeNotNull(metric_value), in_a AND has_value)                 AS a_values,
    groupArrayIf(assumeNotNull(metric_value), in_b AND has_value)                 AS b_values,
    countIf(in_a)                                                                 AS a_runs,
    countIf(in_b)                                                                 AS b_runs,
    countIf(in_a AND failure_code IS NULL)                                        AS a_successes,
    countIf(in_b AND failure_code IS NULL)                                        AS b_successes,
    sumIf(assumeNotNull(stall_ms), in_a AND watched)                              AS a_stall,
    sumIf(assumeNotNull(stall_ms), in_b AND watched)                              AS b_stall,
    sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), in_a AND watched)   AS a_watched,
    sumIf(assumeNotNull(stall_ms) + assumeNotNull(played_ms), in_b AND watched)   AS b_watched,
    countIf(in_a AND watched)                                                     AS a_started,
    countIf(in_b AND watched)                                                     AS b_started,
    countIf(is_cleartext)                                                         AS cleartext
