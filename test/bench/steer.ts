import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'

/**
 * Where a viewer should go, for random addresses, of a collector with the simulated world; beside it, in the same run, a bare
 * fastify route with the same answer. `ratio` is ours over that at full speed; `p99_ms` is at half the rate of the bare one.
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
  const paths = Array.from({ length: ADDRESSES }, () => `/v1/steer?ip=${randomAddress()}`)
  const sample = await (await fetch(`${steer}${paths[0]}`, { headers })).json()
  const table = await (await fetch(`${steer}/v1/steering`, { headers })).json()
  writeFileSync(join(folder, 'answer.json'), JSON.stringify(sample))
  const bare = await begin(BARE, [join(folder, 'answer.json')], {})
  await run(bare, paths, WARM_UP_S)
  await run(steer, paths, WARM_UP_S)
  // What else this machine does changes from one second to the next: turn by turn, and the middle of all turns.
  const turns: Turn[] = []
  for (let turn = 0; turn < Number(values.turns); turn += 1) {
    const limit = await run(bare, paths, options.duration)
    const ours = await run(steer, paths, options.duration)
    const rate = limit.requests.mean / 2
    const half = await run(steer, paths, options.duration, rate)
    turns.push({ limit, ours, half, bareHalf: await run(bare, paths, options.duration, rate) })
  }
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
  console.log(
    `${table.cells.length} cells, ${sample.targets.length} targets in an answer, ${turns.length} turns`,
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
async function collector(): Promise<string> {
  const now = Date.now()
  const config = join(folder, 'world.yaml')
  const simulate = (args: readonly string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'simulate', ...args], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`simulate ended with ${status}: ${stderr}`)
  }
  simulate(['--write-config', config])
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
  const url = await begin(MAIN, ['serve'], env)
  for (;;) {
    const { status } = await fetch(`${url}/v1/steer?ip=8.8.8.8`, { headers })
    if (status === 200) return url
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function begin(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const child = fork(program, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  const [{ port }] = await once(child, 'message')
  return `http://127.0.0.1:${port}`
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
