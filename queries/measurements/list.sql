-- Measurements that match the filter, newest first: one page of them.
-- Params: the filter (see queries/README.md): from, to DateTime64(3, 'UTC')   half-open window over started_at
--         agent_id, node_id, target_id, stream_id, country, isp, transport, route, format, kind, failure
--         Array(String); an empty list does not filter; failure also takes 'any' and 'none'
--         before_at DateTime64(3, 'UTC'), before_id UUID   the last row of the page before; the maxima for the first page
--         limit UInt32
-- Row:    StoredMeasurement
SELECT
    measurement_id,
    agent_id,
    target_id,
    node_id,
    stream_id,
    route,
    provider,
    transport,
    http_version,
    format,
    kind,
    pair_id,
    pair_position,
    started_at,
    wall_ms,
    agent_version,
    simulated,
    country,
    isp,
    asn,
    node_country,
    received_at,
    redirect_ms,
    redirect_count,
    dns_ms,
    connect_ms,
    tls_ms,
    handshake_ms,
    wait_ms,
    ttfb_ms,
    first_frame_ms,
    startup_ms,
    tls_version,
    resumed,
    zero_rtt,
    retry,
    played_ms,
    stall_ms,
    stall_count,
    stall_max_ms,
    stalls,
    policy_start_ms,
    policy_resume_ms,
    stall_ms_by_policy,
    live_latency_ms,
    key_frame_wait_ms,
    buffer_series_ms,
    bytes,
    media_ms,
    media_bitrate_bps,
    throughput_bps,
    throughput_series_bps,
    rtt_ms,
    rtt_min_ms,
    rtt_var_ms,
    retransmit_count,
    loss_ratio,
    out_of_order_count,
    ecn,
    http3_advertised,
    server_ip,
    server_asn,
    failure_code,
    failure_source,
    http_status,
    loop_lag_ms,
    cpu_ratio,
    cpu_steal_ratio,
    clock_offset_ms,
    clock_error_ms,
    taints
FROM measurements
WHERE started_at >= {from:DateTime64(3, 'UTC')}
  AND started_at < {to:DateTime64(3, 'UTC')}
  AND (empty({agent_id:Array(String)}) OR agent_id IN {agent_id:Array(String)})
  AND (empty({node_id:Array(String)}) OR node_id IN {node_id:Array(String)})
  AND (empty({target_id:Array(String)}) OR target_id IN {target_id:Array(String)})
  AND (empty({stream_id:Array(String)}) OR stream_id IN {stream_id:Array(String)})
  AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
  AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
  AND (empty({transport:Array(String)}) OR transport IN {transport:Array(String)})
  AND (empty({route:Array(String)}) OR route IN {route:Array(String)})
  AND (empty({format:Array(String)}) OR format IN {format:Array(String)})
  AND (empty({kind:Array(String)}) OR kind IN {kind:Array(String)})
  AND (
      empty({failure:Array(String)})
      OR failure_code IN {failure:Array(String)}
      OR (has({failure:Array(String)}, 'any') AND failure_code IS NOT NULL)
      OR (has({failure:Array(String)}, 'none') AND failure_code IS NULL)
  )
  AND (started_at, measurement_id) < ({before_at:DateTime64(3, 'UTC')}, {before_id:UUID})
ORDER BY started_at DESC, measurement_id DESC
LIMIT {limit:UInt32}
