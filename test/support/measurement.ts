import { type Assignment, fillMeasurement, type Measurement, type Target } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'

/** A sound record of a successful TCP run, as an agent sends it. */
export function sentMeasurement(overrides: Partial<Measurement> = {}): Measurement {
  return {
    ...fillMeasurement({
      measurement_id: uuidv7(),
      agent_id: 'agent-1',
      target_id: 'target-tcp',
      node_id: 'node-1',
      stream_id: 'test',
      route: 'public',
      provider: 'own',
      transport: 'tcp',
      http_version: '2',
      format: 'flv',
      kind: 'stream',
      pair_id: null,
      pair_position: null,
      started_at: new Date().toISOString(),
      wall_ms: 10_000,
      agent_version: '0.1.0',
      simulated: false,
    }),
    handshake_ms: 40,
    connect_ms: 20,
    tls_ms: 20,
    tls_version: '1.3',
    first_frame_ms: 80,
    startup_ms: 100,
    played_ms: 9_900,
    stall_ms: 0,
    stall_count: 0,
    stall_max_ms: 0,
    ...overrides,
  }
}

/** A target nobody serves. */
export function aTarget(overrides: Partial<Target> = {}): Target {
  return {
    target_id: 'target-tcp',
    url: 'https://127.0.0.1:1/live/test.flv',
    node_id: 'node-1',
    stream_id: 'test',
    route: 'public',
    provider: 'own',
    transport: 'tcp',
    http_version: null,
    format: 'flv',
    ca_pem: null,
    insecure: false,
    ...overrides,
  }
}

/** One target, once a minute. */
export function anAssignment(overrides: Partial<Assignment> = {}): Assignment {
  return {
    assignment_id: 'assignment-1',
    kind: 'stream',
    targets: [aTarget()],
    cron: '0 * * * * *',
    spread_ms: 0,
    duration_ms: 2_000,
    policy_start_ms: 1_000,
    policy_resume_ms: 1_000,
    budget_bytes_per_day: null,
    ...overrides,
  }
}
