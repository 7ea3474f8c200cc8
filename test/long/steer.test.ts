import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, DecisionList, SteerAnswer } from '@streamgauge/contract'
import { type Fleet, startFleet, WITH_OWN_WAY } from '../netlab/fleet.ts'
import type { DirectionSettings } from '../netlab/link/settings.ts'
import { median } from '../netlab/measure/measure.ts'
import { needsLab } from '../netlab/possible.ts'

/** How often each fault is made. */
const REPEATS = Number(process.env.REPEATS ?? 1)
const WARM_UP_MS = 120_000
const DECIDED_MAX_MS = 90_000
const JUDGED_MAX_MS = 240_000
const BACK_MAX_MS = 300_000
/** How long the sick agent is sick. */
const ALONE_MS = 60_000

const AIS = { country: WITH_OWN_WAY.country, isp: WITH_OWN_WAY.isp }
const TELEKOM = { country: 'DE', isp: 'Telekom' }
const VODAFONE = { country: 'DE', isp: 'Vodafone' }
type Cell = typeof TELEKOM | typeof AIS

interface Fault {
  readonly name: string
  readonly line: keyof Fleet['lines']
  readonly change: Partial<DirectionSettings>
  readonly back: Partial<DirectionSettings>
  /** Whose viewers have to leave. */
  readonly cells: readonly Cell[]
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a node dies',
    line: 'node',
    change: { outage: true },
    back: { outage: false },
    cells: [TELEKOM, VODAFONE],
  },
  {
    name: 'a node is browned out for one ISP',
    line: 'way',
    change: { loss_ratio: 0.08 },
    back: { loss_ratio: 0 },
    cells: [AIS],
  },
]

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

test('viewers leave what is ill for them at once, it is shown that this helped, and they come back', async (t) => {
  if (!needsLab(t)) return
  const fleet = await startFleet(t, {
    duration_ms: 3_000,
    env: { DETECT_ROUND_S: '10' },
    steering: { dwell_s: 30, warm_up_s: 30, weights: { same_isp: 0.05 } },
  })
  const sentTo = async (cell: Cell) => {
    const answer = await fleet.get<SteerAnswer>(`/v1/steer?ip=${fleet.viewer(cell)}&stream=test`)
    assert.deepEqual(answer.cell, cell)
    return answer.targets[0]?.node_id
  }
  const decisionsOf = async (cell: Cell): Promise<Decision[]> => {
    const query = `country=${cell.country}&isp=${encodeURIComponent(cell.isp)}&limit=1000`
    return (await fleet.get<DecisionList>(`/v1/decisions?${query}`)).decisions
  }
  const within = async (limit_ms: number, is: () => Promise<boolean>) => {
    const until = Date.now() + limit_ms
    while (Date.now() < until) {
      if (await is()) return true
      await pause(250)
    }
    return false
  }
  await pause(WARM_UP_MS)
  for (const cell of [AIS, TELEKOM, VODAFONE])
    assert.equal(await sentTo(cell), 'fra-1', 'the node of its own')

  const delays: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const { name, line, change, back, cells } of FAULTS) {
      const link = fleet.lab.link(...fleet.lines[line])
      await link.change({ up: change, down: change })
      const began = Date.now()
      await Promise.all(
        cells.map(async (cell) => {
          const left = await within(DECIDED_MAX_MS, async () => (await sentTo(cell)) !== 'fra-1')
          const seen = Date.now()
          assert.ok(left, `${name}: ${cell.isp} was not sent elsewhere`)
          const [decision] = await decisionsOf(cell)
          assert.ok(decision)
          const decided = Date.parse(decision.decided_at)
          delays.push((decided - began) / 1_000)
          t.diagnostic(
            `${name}: ${cell.isp} to ${decision.to_node_id} after ${((decided - began) / 1_000).toFixed(1)} s, answered ${seen - decided} ms later; ${decision.reason}`,
          )
          assert.equal(decision.motive, 'ill')
          assert.ok(decision.incident_id !== null)
          assert.ok(seen - decided <= 1_000, `answers followed ${seen - decided} ms later`)
          const judgedAs = async () =>
            (await decisionsOf(cell)).find(({ decision_id }) => decision_id === decision.decision_id)
          await within(JUDGED_MAX_MS, async () => (await judgedAs())?.verdict !== null)
          const judged = await judgedAs()
          const { pairs_count, gain, low, high } = judged?.effect ?? {}
          t.diagnostic(
            `  ${judged?.verdict} ${gain?.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)}) of ${pairs_count} pairs`,
          )
          assert.equal(judged?.verdict, 'helped')
        }),
      )
      await link.change({ up: back, down: back })
      const recovered = Date.now()
      for (const cell of cells) {
        assert.ok(
          await within(BACK_MAX_MS, async () => (await sentTo(cell)) === 'fra-1'),
          `${cell.isp} stays away`,
        )
        t.diagnostic(
          `  ${cell.isp} is back ${((Date.now() - recovered) / 1_000).toFixed(0)} s after recovery`,
        )
        const [latest] = await decisionsOf(cell)
        assert.equal(latest?.motive, 'better')
      }
      // Who is not concerned stays: the ill way is one ISP's.
      if (line === 'way')
        for (const cell of [TELEKOM, VODAFONE])
          assert.ok((await decisionsOf(cell)).every(({ decided_at }) => Date.parse(decided_at) < began))
    }

  const claro = { country: 'BR', isp: 'Claro' }
  const before = await decisionsOf(claro)
  const link = fleet.lab.link(...fleet.lines.agent)
  await link.change({ up: { loss_ratio: 0.1 }, down: { loss_ratio: 0.1 } })
  await pause(ALONE_MS)
  assert.deepEqual(await decisionsOf(claro), before, 'a sick agent moves nobody')

  const middle = median(delays)
  t.diagnostic(
    `${delays.length} cells: median ${middle.toFixed(1)} s, worst ${Math.max(...delays).toFixed(1)} s`,
  )
  assert.ok(middle <= 30, `median ${middle} s`)
  assert.ok(Math.max(...delays) <= 45, `worst ${Math.max(...delays)} s`)
})
