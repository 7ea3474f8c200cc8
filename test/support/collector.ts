import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '@streamgauge/collector/app.ts'
import { TokenBook } from '@streamgauge/collector/auth/tokens.ts'
import { type Now, wallClock } from '@streamgauge/collector/clock.ts'
import { makeLogger } from '@streamgauge/collector/command/logger.ts'
import { type Config, EMPTY_CONFIG } from '@streamgauge/collector/config/config.ts'
import { openIntake } from '@streamgauge/collector/ingest/open_intake.ts'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore, type Store } from '@streamgauge/collector/store/store.ts'
import type { IngestMeasurement, Measurement } from '@streamgauge/contract'
import { schemaFiles } from '@streamgauge/queries'
import { v7 as uuidV7 } from 'uuid'
import { lastFirst, type Owner } from './owner.ts'

/** The two tokens a test collector knows from the start. */
export const tokens = { admin: 'admin-token-of-the-test', agent: 'agent-token-of-the-test' } as const

/** What a test may choose. */
export interface Options {
  readonly config?: Config
  readonly now?: Now
  /** Nobody detects where it is left out. */
  readonly roundMs?: number
  readonly trustedProxies?: readonly string[]
  readonly dashboardDir?: string
  /** Changes the store before the app gets it, to make it fail. */
  readonly wrap?: (store: Store) => Store
}

/** A folder of the test's own, removed after it. */
export async function tempDir(t: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'streamgauge-test-'))
  lastFirst(t).after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The embedded store in a folder of its own, with the schema applied. One at a time: the engine binds one folder a process. */
export async function buildStore(t: Owner): Promise<Store> {
  const folder = await tempDir(t)
  const store = openStore({ path: join(folder, 'clickhouse') })
  lastFirst(t).after(() => store.close())
  await migrate(store, schemaFiles(), wallClock)
  return store
}

/** A collector on the real engine, not listening; closed after the test. */
export async function build(t: Owner, options: Options = {}) {
  const { config = EMPTY_CONFIG, now = wallClock, wrap = (same) => same } = options
  const folder = await tempDir(t)
  const store = wrap(await buildStore(t))
  const book = new TokenBook(store, tokens, now)
  await book.refresh()
  const intake = await openIntake({ store, dataDir: folder, now, warn: () => {} })
  lastFirst(t).after(() => intake.close())
  const app = await buildApp({
    store,
    intake,
    rawMaxDays: 30,
    tokens: book,
    fixedTokens: tokens,
    config,
    roundMs: options.roundMs ?? null,
    locator: new Locator(config.overrides, { asn: null, country: null }),
    trustedProxies: options.trustedProxies ?? [],
    now,
    logger: makeLogger('silent'),
    version: '0.0.0-test',
    dashboardDir: options.dashboardDir ?? join(folder, 'not-built'),
    tempDir: join(folder, 'tmp'),
  })
  lastFirst(t).after(() => app.close())
  return { app, store, intake, book, tokens, folder }
}

/** Listens on a free port and says where. */
export async function listen(app: { listen: (at: { host: string; port: number }) => Promise<string> }) {
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** The header of a token. */
export function as(token: string) {
  return { authorization: `Bearer ${token}` }
}

/** An inject request that sends a batch as NDJSON with the agent's token. */
export function ingest(
  batch: readonly IngestMeasurement[],
  { key = uuidV7(), token = tokens.agent as string } = {},
) {
  return {
    method: 'POST' as const,
    url: '/v1/measurements',
    headers: { ...as(token), 'content-type': 'application/x-ndjson', 'idempotency-key': key },
    payload: batch.map((line) => JSON.stringify(line)).join('\n'),
  }
}

/** A whole, sound measurement of a TCP run that started a minute ago and did not stall. */
export function aMeasurement(overrides: Partial<Measurement> = {}): Measurement {
  const quic = overrides.transport === 'quic'
  return {
    measurement_id: uuidV7(),
    agent_id: 'agent-1',
    target_id: quic ? 'target-quic' : 'target-tcp',
    node_id: 'node-1',
    stream_id: 'test',
    route: 'public',
    provider: 'own',
    transport: 'tcp',
    http_version: quic ? '3' : '2',
    format: 'flv',
    kind: 'stream',
    pair_id: null,
    pair_position: null,
    started_at: new Date(Date.now() - 60_000).toISOString(),
    wall_ms: 10_000,
    agent_version: '0.1.0',
    simulated: false,
    redirect_ms: null,
    redirect_count: 0,
    dns_ms: 1.5,
    connect_ms: quic ? null : 20,
    tls_ms: quic ? null : 20.25,
    handshake_ms: 40.25,
    wait_ms: 5,
    ttfb_ms: 45.25,
    first_frame_ms: 120,
    startup_ms: 300,
    tls_version: '1.3',
    resumed: false,
    zero_rtt: false,
    retry: quic ? false : null,
    played_ms: 9_700,
    stall_ms: 0,
    stall_count: 0,
    stall_max_ms: null,
    stalls: [],
    policy_start_ms: 1_000,
    policy_resume_ms: 1_000,
    stall_ms_by_policy: { '500': 0, '1000': 0, '2000': 0, '3000': 0, '6000': null },
    live_latency_ms: 1_200,
    key_frame_wait_ms: 10,
    buffer_series_ms: [1_000, 1_950.5],
    bytes: 2_500_000,
    media_ms: 10_000,
    media_bitrate_bps: 2_000_000,
    throughput_bps: 2_000_000,
    throughput_series_bps: [2_000_000, 1_999_999.5],
    rtt_ms: 20,
    rtt_min_ms: 19.5,
    rtt_var_ms: 0.5,
    retransmit_count: 0,
    loss_ratio: 0,
    out_of_order_count: quic ? null : 0,
    ecn: quic ? null : false,
    http3_advertised: quic ? null : 'none',
    server_ip: '192.0.2.1',
    server_asn: null,
    failure_code: null,
    failure_source: null,
    http_status: 200,
    loop_lag_ms: 1,
    cpu_ratio: 0.1,
    cpu_steal_ratio: 0,
    clock_offset_ms: -3.25,
    clock_error_ms: 12,
    taints: [],
    ...overrides,
  }
}

/** A run that failed before anything was measured. */
export function aFailure(overrides: Partial<Measurement> = {}): Measurement {
  return aMeasurement({
    handshake_ms: null,
    connect_ms: null,
    tls_ms: null,
    wait_ms: null,
    ttfb_ms: null,
    first_frame_ms: null,
    startup_ms: null,
    tls_version: null,
    played_ms: null,
    stall_ms: null,
    stall_count: null,
    stall_ms_by_policy: null,
    http_status: null,
    failure_code: 'CONNECT_REFUSED',
    failure_source: 'target',
    ...overrides,
  })
}
