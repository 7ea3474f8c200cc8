import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BlockRuns, estimateOf } from '@streamgauge/collector/report/arm.ts'
import { changeOf } from '@streamgauge/collector/report/comparison.ts'
import { judge } from '@streamgauge/collector/report/verdict.ts'
import type { Estimate, Measurement, Metric } from '@streamgauge/contract'
import { type Lab, startLab } from '../netlab/lab.ts'
import { PROGRAMS, until } from '../support/process.ts'

/**
 * The claim "QUIC against TCP: connect time -40 %, stalls -20 %" on a bad link, against servers with CUBIC and with
 * BBR: pairs of runs by the `probe` command, each pair TCP and QUIC back to back in random order. Pairs are independent
 * here (the link's losses are drawn anew and nothing else shares it), so each is a block of its own.
 */
const LINK = { delay_ms: 100, loss_ratio: 0.02, rate_bps: 20_000_000, queue_bytes: 500_000 } as const
const ARMS = ['cubic', 'bbr'] as const
const METRICS = ['handshake_ms', 'first_frame_ms', 'startup_ms', 'stall_ratio', 'success_ratio'] as const

interface Pair {
  readonly tcp: Measurement
  readonly quic: Measurement
}

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '30' },
    lanes: { type: 'string', default: String(2 * availableParallelism()) },
    duration: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})
const lanes = Array.from({ length: Number(values.lanes) }, (_, index) => index + 1)
const folder = mkdtempSync(join(tmpdir(), 'streamgauge-claim-'))
const lab = await startLab(null, {
  seed: Number(values.seed),
  hosts: Object.fromEntries(lanes.flatMap((n) => [[`agent-${n}`, {}] as const, [`node-${n}`, {}] as const])),
  links: lanes.map((n) => ({ between: [`agent-${n}`, `node-${n}`] as const, up: LINK, down: LINK })),
})
try {
  const pairs = await measure(lab)
  for (const arm of ARMS) await tell(arm, pairs[arm])
  process.stdout.write(`${JSON.stringify(await summary(pairs))}\n`)
} finally {
  await lab.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Every lane takes the next pair that is due, until none is left. */
async function measure(inLab: Lab): Promise<Record<(typeof ARMS)[number], Pair[]>> {
  const due = Array.from({ length: Number(values.pairs) }).flatMap(() => ARMS)
  const done = { cubic: [] as Pair[], bbr: [] as Pair[] }
  await Promise.all(
    lanes.map(async (lane) => {
      const cas = await startOrigins(inLab, lane)
      for (let arm = due.shift(); arm !== undefined; arm = due.shift()) {
        done[arm].push(await onePair(inLab, lane, arm, cas[arm]))
        process.stderr.write(`${done.cubic.length + done.bbr.length} of ${2 * Number(values.pairs)} pairs\r`)
      }
    }),
  )
  return done
}

function portOf(arm: (typeof ARMS)[number]): number {
  return arm === 'cubic' ? 8_443 : 8_444
}

/** Two origins on the lane's node, which differ in TCP's congestion control; QUIC's is CUBIC in both. */
async function startOrigins(inLab: Lab, lane: number): Promise<Record<(typeof ARMS)[number], string>> {
  const node = inLab.host(`node-${lane}`)
  const started = ARMS.map(async (arm) => {
    const data = join(folder, `${lane}-${arm}`)
    const options = [
      '--host',
      node.address,
      '--name',
      node.address,
      '--port',
      String(portOf(arm)),
      '--data-dir',
      data,
    ]
    const child = node.fork(PROGRAMS.agent, ['origin', ...options, '--congestion', arm], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const ready: unknown[] = []
    child.on('message', (message) => ready.push(message))
    const [told] = await until(
      async () => ready,
      (messages) => messages.length > 0,
      20_000,
    )
    if (typeof told !== 'object' || told === null || !('ca_file' in told))
      throw new Error('the origin said nothing')
    return [arm, String(told.ca_file)] as const
  })
  const [cubic, bbr] = await Promise.all(started)
  return { cubic: cubic?.[1] ?? '', bbr: bbr?.[1] ?? '' }
}

async function onePair(inLab: Lab, lane: number, arm: (typeof ARMS)[number], ca: string): Promise<Pair> {
  const url = `https://${inLab.host(`node-${lane}`).address}:${portOf(arm)}/live/test.flv`
  const args = [PROGRAMS.agent, 'probe', url, '--pair', '--json', '--ca', ca, '--duration', values.duration]
  const { stdout, stderr } = await inLab.host(`agent-${lane}`).run(process.execPath, args)
  const [tcp, quic] = stdout
    .trim()
    .split('\n')
    .map((line): Measurement => JSON.parse(line))
  if (tcp?.transport !== 'tcp' || quic?.transport !== 'quic') throw new Error(`no pair: ${stdout}${stderr}`)
  return { tcp, quic }
}

function blockOf(m: Measurement, metric: Metric): BlockRuns {
  const clean = m.taints.length === 0
  const value = metric === 'stall_ratio' || metric === 'success_ratio' ? null : m[metric]
  const started = clean && m.startup_ms !== null
  return {
    values: clean && value !== null ? [value] : [],
    runs: clean ? 1 : 0,
    successes: clean && m.failure_code === null ? 1 : 0,
    started: started ? 1 : 0,
    stall_ms: started ? (m.stall_ms ?? 0) : 0,
    watched_ms: started ? (m.stall_ms ?? 0) + (m.played_ms ?? 0) : 0,
  }
}

async function compareBy(metric: Metric, pairs: readonly Pair[]) {
  // A pair with a tainted half says nothing.
  const clean = pairs.filter(({ tcp, quic }) => tcp.taints.length + quic.taints.length === 0)
  const a = clean.map(({ tcp }) => blockOf(tcp, metric))
  const b = clean.map(({ quic }) => blockOf(quic, metric))
  const change = await changeOf(metric, a, b)
  const evidence = { metric, a: estimateOf(metric, a), b: estimateOf(metric, b), change }
  const { verdict } = judge({ ...evidence, aBlocks: a.length, bBlocks: b.length })
  return { ...evidence, verdict, pairs: clean.length }
}

async function tell(arm: string, pairs: readonly Pair[]): Promise<void> {
  process.stdout.write(`\nTCP (${arm.toUpperCase()}) against QUIC (CUBIC), ${pairs.length} pairs\n`)
  process.stdout.write(
    `${'metric'.padEnd(16)}${'TCP'.padEnd(30)}${'QUIC'.padEnd(30)}${'change'.padEnd(28)}verdict\n`,
  )
  for (const metric of METRICS) {
    const { a, b, change, verdict, pairs: n } = await compareBy(metric, pairs)
    const share = metric.endsWith('_ratio')
    const row = [figure(a, share), figure(b, share), relative(change, metric)]
    process.stdout.write(
      `${metric.padEnd(16)}${row[0]?.padEnd(30)}${row[1]?.padEnd(30)}${row[2]?.padEnd(28)}${verdict} (${n} pairs)\n`,
    )
  }
  const loss = pairs.map(({ quic }) => quic.loss_ratio ?? 0)
  const mean = loss.reduce((sum, ratio) => sum + ratio, 0) / loss.length
  process.stdout.write(`loss seen by QUIC: ${(mean * 100).toFixed(2)} %\n`)
}

function figure({ value, low, high }: Estimate, share: boolean): string {
  const say = (x: number | null) => (x === null ? '?' : share ? x.toFixed(3) : x.toFixed(0))
  return `${say(value)}${share ? '' : ' ms'} (${say(low)} to ${say(high)})`
}

function relative({ value, low, high }: Estimate, metric: Metric): string {
  const unit = metric === 'success_ratio' ? ' pp' : ' %'
  const say = (x: number | null) => (x === null ? '?' : `${x > 0 ? '+' : ''}${(x * 100).toFixed(1)}`)
  return `${say(value)}${unit} (${say(low)} to ${say(high)})`
}

async function summary(pairs: Record<(typeof ARMS)[number], Pair[]>) {
  const rows = []
  for (const arm of ARMS)
    for (const metric of METRICS) {
      const { a, b, change, verdict, pairs: n } = await compareBy(metric, pairs[arm])
      rows.push({ tcp: arm, metric, n, a, b, change, verdict })
    }
  return { link: LINK, duration_s: Number(values.duration), rows }
}
