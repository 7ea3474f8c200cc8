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
    seconds: { type: 'string', default: '15' },
    connections: { type: 'string', default: '32' },
    minutes: { type: 'string', default: '20' },
    rate: { type: 'string', default: '200' },
  },
})
const MAIN = fileURLToPath(import.meta.resolve('@streamgauge/collector/main.ts'))
const BARE = fileURLToPath(import.meta.resolve('./steer/bare.ts'))
const TOKEN = 'bench-admin-token'
const ECHO = fileURLToPath(import.meta.resolve('./steer/echo.ts'))
const ZONE = 'live.example'
const STREAM = 'sim-720p'
const ADDRESSES = 5_000
const options = { duration: Number(values.seconds), connections: Number(values.connections) }
const headers = { authorization: `Bearer ${TOKEN}` }

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
  await run(bare.url, ['/'], 3)
  await run(steer.url, paths, 3)
  const limit = await run(bare.url, ['/'], options.duration)
  const ours = await run(steer.url, paths, options.duration)
  const half = await run(steer.url, paths, options.duration, limit.requests.mean / 2)
  const bareHalf = await run(bare.url, ['/'], options.duration, limit.requests.mean / 2)
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
  await echoes(3)
  await asks(3)
  const dnsLimit = await echoes(options.duration)
  const dns = await asks(options.duration)
  const { answers = [] } = decode(dns.answer)
  if (answers.length !== 1) throw new Error('DNS has no answer')
  const row = (name: string, { requests, latency, non2xx, errors }: autocannon.Result) => ({
    ...{
      name,
      per_s: Math.round(requests.mean),
      p50_ms: latency.p50,
      p99_ms: latency.p99,
      failed: non2xx + errors,
    },
  })
  console.table([
    row('bare, at full speed', limit),
    row('/v1/steer, at full speed', ours),
    row('bare, at half its speed', bareHalf),
    row('/v1/steer, at half the speed of bare', half),
  ])
  const dnsRow = (name: string, { per_s, lost, cpu_us }: DnsResult) => ({
    ...{ name, per_s: Math.round(per_s), cpu_us: Number(cpu_us.toFixed(1)), lost },
  })
  console.table([dnsRow('a packet sent back', dnsLimit), dnsRow('an answer over DNS', dns)])
  console.log(
    `${table.cells.length} cells, ${sample.targets.length} targets in an answer; one client, ${dns.answer.length} bytes over DNS`,
  )
  console.log(
    JSON.stringify({
      ratio: Number((ours.requests.mean / limit.requests.mean).toFixed(3)),
      p99_ms: half.latency.p99,
      half_rate_per_s: Math.round(half.requests.mean),
      asked_rate_per_s: Math.round(limit.requests.mean / 2),
      extra_us: Math.round(1e6 / ours.requests.mean - 1e6 / limit.requests.mean),
      cells: table.cells.length,
      dns_per_s: Math.round(dns.per_s),
      dns_ratio: Number((dns.per_s / dnsLimit.per_s).toFixed(3)),
      dns_cpu_us: Number(dns.cpu_us.toFixed(1)),
      dns_lost: dns.lost,
      failed: half.non2xx + half.errors + ours.non2xx + ours.errors,
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

/** Somewhere in the unicast part of IPv4. */
function randomAddress(): string {
  const byte = (least: number, most: number) => least + Math.floor(Math.random() * (most - least))
  return [byte(1, 224), byte(0, 256), byte(0, 256), byte(1, 255)].join('.')
}
