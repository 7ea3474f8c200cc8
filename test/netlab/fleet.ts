import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { SteerAnswer } from '@streamgauge/contract'
import { PROGRAMS } from '../support/process.ts'
import type { Host } from './host.ts'
import { type Lab, startLab } from './lab.ts'
import type { HostDescription, LinkDescription } from './topology.ts'

/** Two ISPs in each of three countries, and a node in each country. */
const ISPS = [
  { country: 'TH', isp: 'AIS', asn: 133_481 },
  { country: 'TH', isp: 'True', asn: 17_552 },
  { country: 'DE', isp: 'Telekom', asn: 3_320 },
  { country: 'DE', isp: 'Vodafone', asn: 3_209 },
  { country: 'BR', isp: 'Vivo', asn: 27_699 },
  { country: 'BR', isp: 'Claro', asn: 28_573 },
] as const
/** `isps`: whose own the node is; steering prefers it for them. */
const NODES = [
  { node_id: 'bkk-1', country: 'TH', delay_ms: 5, isps: ['True'] },
  { node_id: 'fra-1', country: 'DE', delay_ms: 20, isps: ['Telekom', 'Vodafone', 'AIS'] },
  { node_id: 'gru-1', country: 'BR', delay_ms: 30, isps: ['Vivo', 'Claro'] },
] as const
const AGENTS_PER_ISP = 2
/** A folder in memory: a dozen agents and a store on one disk wait for one another, and taint their runs. */
const MEMORY = '/dev/shm'
const TOKENS = { admin: 'admin-token', agent: 'agent-token' }
const AUTHORIZED = ['-H', `authorization: Bearer ${TOKENS.admin}`]
const COLLECTOR_PORT = 8_080
/** Of names that viewers look up. */
const ZONE = 'live.test'
const EVERY_10_S = '*/10 * * * * *'
const EVERY_30_S = '*/30 * * * * *'

/** The agent with a line of its own, to make ill. */
export const ON_ITS_OWN = 'br-claro-2'
/** The ISP with a way of its own to a node, to make ill. */
export const WITH_OWN_WAY = { country: 'TH', isp: 'AIS', node_id: 'fra-1' } as const

/** Real agents, origins and a collector in a lab. */
export interface Fleet {
  readonly lab: Lab
  /** The line of a node, of one ISP to one node, and of one agent. */
  readonly lines: Readonly<Record<'node' | 'way' | 'agent', readonly [string, string]>>
  /** A viewer in that ISP, on a host of its own address. */
  viewer(isp: Isp): Viewer
  /** Asks the collector, with an administrator's token. */
  get<T>(path: string): Promise<T>
  put(path: string, body: object): Promise<void>
  /** The collector's own figures, as Prometheus reads them. */
  metrics(): Promise<string>
}

interface Isp {
  readonly country: string
  readonly isp: string
}

/** Somebody who wants to watch, and asks by real packets where; the answers are ids of nodes. `undefined`: there was no answer. */
export interface Viewer {
  /** `GET /v1/steer`. */
  steered(): Promise<string | undefined>
  /** `GET /v1/play/test`: where it redirects to. */
  redirected(): Promise<string | undefined>
  /** An A record from the collector's name server. */
  resolved(): Promise<string | undefined>
}

/** What a fleet may differ in. */
export interface FleetOptions {
  /** How long agents play at every node every 10 s. */
  readonly duration_ms: number
  readonly env?: Readonly<Record<string, string>>
  /** As in a configuration file. */
  readonly steering?: object
}

/** Starts them; resolves when all are at work. They end with the test. */
export async function startFleet(t: TestContext, options: FleetOptions): Promise<Fleet> {
  const data = mkdtempSync(join(MEMORY, 'fleet-'))
  const lab = await startLab(t, description())
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const authorities = await Promise.all(NODES.map(({ node_id }) => startNode(lab.host(node_id), data)))
  const config = join(data, 'streamgauge.yaml')
  writeFileSync(config, JSON.stringify(configuration(lab, authorities, options)))
  const collector = lab.host('collector')
  const env = {
    ...{ CONFIG: config, DATA_DIR: join(data, 'collector'), HOST: '0.0.0.0', PORT: String(COLLECTOR_PORT) },
    ...{ ADMIN_TOKEN: TOKENS.admin, AGENT_TOKEN: TOKENS.agent, LOG_LEVEL: 'warn', ...options.env },
  }
  await started(collector, PROGRAMS.collector, ['serve'], env)
  const url = `http://${collector.address}:${COLLECTOR_PORT}`
  for (const { agent_id, host } of agents()) {
    const args = ['run', '--collector', url, '--agent-id', agent_id, '--data-dir', join(data, agent_id)]
    await started(lab.host(host), PROGRAMS.agent, args, {
      STREAMGAUGE_TOKEN: TOKENS.agent,
      LOG_LEVEL: 'error',
    })
  }
  const asked = async (path: string, more: readonly string[] = []) => {
    const { code, stdout, stderr } = await collector.run('curl', ['-sSf', ...more, ...AUTHORIZED, url + path])
    if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr}`)
    return stdout
  }
  return {
    lab,
    lines: {
      node: ['core', 'fra-1'],
      way: [hostOf(WITH_OWN_WAY), WITH_OWN_WAY.node_id],
      agent: [ON_ITS_OWN, 'br-claro'],
    },
    viewer: (isp) => viewerOn(lab, lab.host(hostOf(isp)), url),
    get: async <T>(path: string): Promise<T> => JSON.parse(await asked(path)),
    put: async (path, body) => {
      const json = ['-H', 'content-type: application/json', '-d', JSON.stringify(body)]
      await asked(path, ['-X', 'PUT', ...json])
    },
    metrics: () => asked('/metrics'),
  }
}

/** One that asks from a host, with programs that everybody has. */
function viewerOn(lab: Lab, { address, run }: Host, url: string): Viewer {
  const nodeAt = (at: string | undefined) =>
    NODES.find(({ node_id }) => lab.host(node_id).address === at)?.node_id
  const answers = async (path: string, more: readonly string[]) => {
    const { stdout } = await run('curl', ['-sS', '--interface', address, ...more, ...AUTHORIZED, url + path])
    return stdout
  }
  return {
    steered: async () => {
      const { targets } = JSON.parse(await answers('/v1/steer?stream=test', [])) as Partial<SteerAnswer>
      return targets?.[0]?.node_id
    },
    redirected: async () => {
      const format = ['-o', '/dev/null', '-w', '%{redirect_url}']
      return nodeAt(URL.parse(await answers('/v1/play/test', format))?.hostname)
    },
    resolved: async () => {
      const server = `@${lab.host('collector').address}`
      const { stdout } = await run('dig', ['+short', '+tries=1', '-b', address, server, `test.${ZONE}`, 'A'])
      return nodeAt(stdout.trim().split('\n').at(-1))
    },
  }
}

function description() {
  const both = (delay_ms: number) => ({ up: { delay_ms }, down: { delay_ms } })
  const routers = ISPS.map((isp): [string, HostDescription] => [hostOf(isp), { router: true }])
  const nodes = NODES.map(({ node_id }): [string, HostDescription] => [node_id, { congestion: 'cubic' }])
  const hosts = Object.fromEntries([
    ['core', { router: true }],
    ['collector', {}],
    [ON_ITS_OWN, {}],
    ...routers,
    ...nodes,
  ])
  const links: LinkDescription[] = [
    ...ISPS.map((isp): LinkDescription => ({ between: [hostOf(isp), 'core'], ...both(3) })),
    ...NODES.map(
      ({ node_id, delay_ms }): LinkDescription => ({ between: ['core', node_id], ...both(delay_ms) }),
    ),
    { between: ['core', 'collector'], ...both(5) },
    { between: [ON_ITS_OWN, 'br-claro'], ...both(2) },
    // Fewer hops than by the core, so it is the way this ISP takes to that node; so long that loss of 8 % leaves TCP a quarter of the
    // stream.
    { between: [hostOf(WITH_OWN_WAY), WITH_OWN_WAY.node_id], ...both(45) },
  ]
  return { hosts, links, seed: 11 }
}

function hostOf({ country, isp }: { readonly country: string; readonly isp: string }): string {
  return `${country}-${isp}`.toLowerCase()
}

/** Agents run on their ISP's router, but for the one with a line of its own. */
function agents() {
  return ISPS.flatMap((isp) =>
    Array.from({ length: AGENTS_PER_ISP }, (_, index) => {
      const agent_id = `${hostOf(isp)}-${index + 1}`
      return { ...isp, agent_id, host: agent_id === ON_ITS_OWN ? agent_id : hostOf(isp) }
    }),
  )
}

function configuration(lab: Lab, authorities: readonly string[], options: FleetOptions) {
  const { duration_ms, steering = {} } = options
  const addresses = [lab.host('collector').address]
  const dns = { zone: ZONE, addresses, name_servers: [{ name: 'ns.example.net' }] }
  const targets = NODES.flatMap(({ node_id }, index) =>
    ['tcp', 'quic'].map((transport) => ({
      target_id: `${node_id}-${transport}`,
      url: `https://${lab.host(node_id).address}:8443/live/test.flv`,
      ...{ node_id, transport, stream_id: 'test', format: 'flv', ca_pem: authorities[index] },
    })),
  )
  return {
    nodes: NODES.map(({ node_id, country, isps }) => ({
      ...{ node_id, name: node_id, kind: 'center', country, isps },
    })),
    // Addresses of a lab are nobody's.
    locate: ISPS.map((isp) => ({
      ...{ cidr: `${lab.host(hostOf(isp)).address}/32`, country: isp.country, isp: isp.isp },
    })),
    steering: { dns, ...steering },
    targets,
    agents: agents().map(({ host: _, ...agent }) => agent),
    // Two cores carry twelve agents that play over TCP every 10 s, and as many lines, but not as many players over QUIC.
    assignments: targets.map(({ target_id, transport }) => ({
      ...{ assignment_id: target_id, agents: ['*'], targets: [target_id], duration_ms },
      ...(transport === 'tcp' ? { kind: 'stream', cron: EVERY_10_S } : { kind: 'connect', cron: EVERY_30_S }),
      spread_ms: 10_000,
    })),
  }
}

/** The PEM of the authority of an origin on that host. */
async function startNode(host: Host, data: string): Promise<string> {
  const folder = join(data, host.name)
  const args = ['origin', '--host', host.address, '--port', '8443', '--data-dir', folder]
  const [ready] = await started(host, PROGRAMS.agent, [...args, '--congestion', 'cubic'], {})
  return readFileSync((ready as { ca_file: string }).ca_file, 'utf8')
}

async function started(host: Host, program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = host.fork(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${args[0]} on ${host.name} ended with ${code} before it was ready`)
    }),
  ])
}
