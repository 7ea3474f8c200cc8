import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { decode } from 'dns-packet'
import { parse } from 'yaml'
import { askFor, type DnsResult, dnsQueries } from './steer/dns_load.ts'

/**
 * Where a viewer should go, for random addresses, of a collector with the simulated world; beside it, in the same run, a bare
 * fastify route with the same answer. `ratio` is ours over that at full speed; `p99_ms` is at half the rate of the bare one.
 * And the same over DNS, with the viewer's network in the question, beside a socket that sends every packet back.
 */
const { values } = parseArgs({
  options: {
    /** Of each of the four parts of a turn. */
    seconds: { type: 'string', default: '4' },
    turns: { type: 'string', default: '7' },
    connections: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '20' },
    rate: { type: 'string', default: '200' },
  },
})
const MAIN = fileURLToPath(import.meta.resolve('@streamgauge/collector/main.ts'))
const BARE = fileURLToPath(import.meta.resolve('./steer/bare.ts'))
const WARM_UP_S = 3
const TOKEN = 'bench-admin-token'
const ECHO = fileURLToPath(import.meta.resolve('./steer/echo.ts'))
const ZONE = 'live.example'
const STREAM = 'sim-720p'
/** Each connection prepares a request for each before it sends the first: with thousands that alone is a second. */
const ADDRESSES = 250
const options = { duration: Number(values.seconds), connections: Number(values.connections) }
const headers = { authorization: `Bearer ${TOKEN}` }

interface Turn {
  readonly limit: autocannon.Result
  readonly ours: autocannon.Result
  readonly half: autocannon.Result
  readonly bareHalf: autocannon.Result
}

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
const children: ChildProcess[] = []
try {
  const steer = await collector()
  const addresses = Array.from({ length: ADDRESSES }, randomAddress)
  const paths = addresses.map((address) => `/v1/steer?ip=${address}`)
  const sample = await (await fetch(`${steer.url}${paths[0]}`, { headers })).json()
  const table = await (await fetch(`${steer.url}/v1/steering`, { headers })).json()
  writeFileSync(join(folder, 'answer.json'), JSON.stringify(sample))
  const bare = await begin(BARE, [join(folder, 'answer.json')], {})
  await run(bare.url, paths, WARM_UP_S)
  await run(steer.url, paths, WARM_UP_S)
  // What else this machine does changes from one second to the next: turn by turn, and the middle of all turns.
  const turns: Turn[] = []
  for (let turn = 0; turn < Number(values.turns); turn += 1) {
    const limit = await run(bare.url, paths, options.duration)
    const ours = await run(steer.url, paths, options.duration)
    const rate = limit.requests.mean / 2
    const half = await run(steer.url, paths, options.duration, rate)
    turns.push({ limit, ours, half, bareHalf: await run(bare.url, paths, options.duration, rate) })
  }
  const queries = dnsQueries(`${STREAM}.${ZONE}`, addresses)
  const echo = await begin(ECHO, [], {})
  const usedBy = async (child: ChildProcess) => {
    const told = once(child, 'message')
    child.send({})
    const [{ cpu_us }] = await told
    return cpu_us
  }
  const usedBySteer = async () => {
    const text = await (await fetch(`${steer.url}/metrics`, { headers })).text()
    return 1e6 * Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
  }
  const echoes = (seconds: number) => askFor(seconds, echo.dns_port, queries, () => usedBy(echo.child))
  const asks = (seconds: number) => askFor(seconds, steer.dns_port, queries, usedBySteer)
  await echoes(WARM_UP_S)
  await asks(WARM_UP_S)
  const dnsTurns: { readonly limit: DnsResult; readonly ours: DnsResult }[] = []
  for (let turn = 0; turn < Number(values.turns); turn += 1)
    dnsTurns.push({ limit: await echoes(options.duration), ours: await asks(options.duration) })
  const [firstDns] = dnsTurns
  const { answers = [] } = decode(firstDns?.ours.answer ?? Buffer.alloc(0))
  if (answers.length !== 1) throw new Error('DNS has no answer')
  const middleOf = (of: (turn: Turn) => number) => middle(turns.map(of))
  const row = (name: string, of: (turn: Turn) => autocannon.Result) => ({
    ...{
      name,
      per_s: Math.round(middleOf((turn) => of(turn).requests.mean)),
      p50_ms: middleOf((turn) => of(turn).latency.p50),
      p99_ms: middleOf((turn) => of(turn).latency.p99),
      p99_least_ms: Math.min(...turns.map((turn) => of(turn).latency.p99)),
      p99_most_ms: Math.max(...turns.map((turn) => of(turn).latency.p99)),
      failed: turns.reduce((sum, turn) => sum + of(turn).non2xx + of(turn).errors, 0),
    },
  })
  console.table([
    row('bare, at full speed', ({ limit }) => limit),
    row('/v1/steer, at full speed', ({ ours }) => ours),
    row('bare, at half its speed', ({ bareHalf }) => bareHalf),
    row('/v1/steer, at half the speed of bare', ({ half }) => half),
  ])
  const dnsRow = (name: string, of: (turn: (typeof dnsTurns)[number]) => DnsResult) => ({
    ...{
      name,
      per_s: Math.round(middle(dnsTurns.map((turn) => of(turn).per_s))),
      cpu_us: Number(middle(dnsTurns.map((turn) => of(turn).cpu_us)).toFixed(1)),
      lost: dnsTurns.reduce((sum, turn) => sum + of(turn).lost, 0),
    },
  })
  const dns = dnsRow('an answer over DNS', ({ ours }) => ours)
  console.table([dnsRow('a packet sent back', ({ limit }) => limit), dns])
  console.log(
    `${table.cells.length} cells, ${sample.targets.length} targets in an answer, ${turns.length} turns; one client and ${firstDns?.ours.answer.length} bytes over DNS`,
  )
  const asked = middleOf(({ limit }) => limit.requests.mean / 2)
  console.log(
    JSON.stringify({
      ratio: Number(middleOf(({ ours, limit }) => ours.requests.mean / limit.requests.mean).toFixed(3)),
      p99_ms: middleOf(({ half }) => half.latency.p99),
      half_rate_per_s: Math.round(middleOf(({ half }) => half.requests.mean)),
      asked_rate_per_s: Math.round(asked),
      extra_us: Math.round(
        middleOf(({ ours, limit }) => 1e6 / ours.requests.mean - 1e6 / limit.requests.mean),
      ),
      cells: table.cells.length,
      dns_per_s: dns.per_s,
      dns_ratio: Number(middle(dnsTurns.map(({ ours, limit }) => ours.per_s / limit.per_s)).toFixed(3)),
      dns_cpu_us: dns.cpu_us,
      dns_lost: dns.lost,
      failed: turns.reduce(
        (sum, { half, ours }) => sum + half.non2xx + half.errors + ours.non2xx + ours.errors,
        0,
      ),
    }),
  )
} finally {
  for (const child of children) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}

/** A collector that knows the world and its last minutes, with a table. */
async function collector(): Promise<Program> {
  const now = Date.now()
  const config = join(folder, 'world.yaml')
  const simulate = (args: readonly string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'simulate', ...args], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`simulate ended with ${status}: ${stderr}`)
  }
  simulate(['--write-config', config])
  const { nodes } = parse(readFileSync(config, 'utf8'))
  const known = nodes.map(({ node_id }: { node_id: string }, index: number) => {
    return { node_id, addresses: [`192.0.${2 + Math.floor(index / 256)}.${index % 256}`] }
  })
  const dns = { zone: ZONE, name_servers: [{ name: 'ns.example' }], port: 0, rate_per_s: 0, nodes: known }
  appendFileSync(config, `steering: ${JSON.stringify({ dns })}\n`)
  const from = new Date(now - Number(values.minutes) * 60_000).toISOString()
  const to = new Date(now).toISOString()
  simulate([
    '--data-dir',
    folder,
    '--from',
    from,
    '--to',
    to,
    '--rate',
    String(values.rate),
    '--incidents',
    'none',
  ])
  const env = { DATA_DIR: folder, CONFIG: config, PORT: '0', ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'error' }
  const program = await begin(MAIN, ['serve'], env)
  for (;;) {
    const { status } = await fetch(`${program.url}/v1/steer?ip=8.8.8.8`, { headers })
    if (status === 200) return program
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

interface Program {
  readonly child: ChildProcess
  readonly url: string
  readonly dns_port: number
}

async function begin(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Program> {
  const child = fork(program, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  const [{ port, dns_port = 0 }] = await once(child, 'message')
  return { child, url: `http://127.0.0.1:${port}`, dns_port }
}

function run(url: string, paths: readonly string[], duration: number, overallRate?: number) {
  return autocannon({
    ...{ url, headers, duration, connections: options.connections },
    requests: paths.map((path) => ({ path, method: 'GET' as const })),
    ...(overallRate === undefined ? {} : { overallRate: Math.round(overallRate) }),
  })
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Somewhere in the unicast part of IPv4. */
function randomAddress(): string {
  const byte = (least: number, most: number) => least + Math.floor(Math.random() * (most - least))
  return [byte(1, 224), byte(0, 256), byte(0, 256), byte(1, 255)].join('.')
}
