-- A part, not a statement: the columns of a rollup that an overview reads.
SELECT
    target_id,
    node_id,
    stream_id,
    route,
    provider,
    transport,
    format,
    runs_count,
    started_count,
    success_count,
    tainted_count,
    last_started_at,
    advertised,
    handshake_buckets,
    first_frame_buckets
