import { randomInt } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Measurement } from '@streamgauge/contract'
import { type Prober, startProber } from '../netlab/agent/prober.ts'
import { type Lab, startLab } from '../netlab/lab.ts'
import { ARMS, type Arm, type Round, startServers } from './claim/servers.ts'
import { isEnough, summary, table } from './claim/tell.ts'

/**
 * The claim "QUIC against TCP: connect time -40 %, stalls -20 %" on a link of 200 ms, 2 % loss each way and 20 Mbit/s.
 * A round is one run against each arm, back to back in random order; rounds are independent, because nothing but the
 * link is shared and its losses are drawn anew. Any two arms of a round are a pair.
 */
const LINK = { delay_ms: 100, loss_ratio: 0.02, rate_bps: 20_000_000, queue_bytes: 500_000 } as const

/** A machine whose processors are taken away taints what it measures; such rounds are made again, within reason. */
const ROUNDS_PER_PAIR_MAX = 5

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '30' },
    lanes: { type: 'string', default: String(2 * availableParallelism()) },
    duration: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    /** Where to put every measurement, one line each. */
    raw: { type: 'string' },
  },
})
const pairs = Number(values.pairs)
const duration_ms = Number(values.duration) * 1_000
const lanes = Array.from({ length: Number(values.lanes) }, (_, index) => index + 1)
const folder = mkdtempSync(join(tmpdir(), 'streamgauge-claim-'))
const lab = await startLab(null, {
  seed: Number(values.seed),
  hosts: Object.fromEntries(lanes.flatMap((n) => [[`agent-${n}`, {}] as const, [`node-${n}`, {}] as const])),
  links: lanes.map((n) => ({ between: [`agent-${n}`, `node-${n}`] as const, up: LINK, down: LINK })),
})
try {
  const rounds = await measure(lab)
  process.stdout.write(`Clean runs\n${await table(rounds)}\nTainted runs too\n${await table(rounds, true)}`)
  process.stdout.write(
    `${JSON.stringify({ link: LINK, duration_s: duration_ms / 1_000, ...(await summary(rounds)) })}\n`,
  )
} finally {
  await lab.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Every lane makes rounds until there are pairs enough without a taint, or ROUNDS_PER_PAIR_MAX times as many rounds. */
async function measure(inLab: Lab): Promise<Round[]> {
  const rounds: Round[] = []
  let due = pairs * ROUNDS_PER_PAIR_MAX
  await Promise.all(
    lanes.map(async (lane) => {
      const [targets, probe] = await Promise.all([
        startServers(inLab.host(`node-${lane}`), join(folder, String(lane))),
        startProber(inLab.host(`agent-${lane}`)),
      ])
      while (due-- > 0 && !isEnough(rounds, pairs)) {
        rounds.push(await oneRound(targets, probe))
        process.stderr.write(`${rounds.length} rounds\n`)
      }
    }),
  )
  return rounds
}

async function oneRound(targets: Awaited<ReturnType<typeof startServers>>, probe: Prober): Promise<Round> {
  const runs = new Map<Arm, Measurement>()
  const order = [...ARMS]
  while (order.length > 0) {
    const [arm] = order.splice(randomInt(order.length), 1)
    if (arm === undefined) continue
    const measurement = await probe({ ...targets[arm], target_id: arm }, { duration_ms })
    runs.set(arm, measurement)
    if (values.raw !== undefined) appendFileSync(values.raw, `${JSON.stringify(measurement)}\n`)
  }
  return runs
}
