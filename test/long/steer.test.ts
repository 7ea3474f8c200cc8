import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, DecisionList } from '@streamgauge/contract'
import { type Fleet, startFleet, type Viewer, WITH_OWN_WAY } from '../netlab/fleet.ts'
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
/** The node of their own ISP is worth a detour to viewers: they are back before the last run that failed there is forgotten. */
const OWN_ISP = { same_isp: 0.3 }
const FOLLOWED_MAX_MS = 1_000
const FLIP_MS = 20_000
const FLIPPING_MS = 1_200_000
const FLIP_DECISIONS_MAX = 2

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

async function within(limitMs: number, is: () => Promise<boolean>): Promise<boolean> {
  const until = Date.now() + limitMs
  while (Date.now() < until) {
    if (await is()) return true
    await pause(100)
  }
  return false
}

/** Those of a cell, the newest first. */
async function decisionsOf(fleet: Fleet, { country, isp }: Cell): Promise<Decision[]> {
  const query = `country=${country}&isp=${encodeURIComponent(isp)}&limit=1000`
  return (await fleet.get<DecisionList>(`/v1/decisions?${query}`)).decisions
}

/** When a viewer was first sent to another node than `from`, whichever way they ask; by way of asking. */
async function leaving(viewer: Viewer, from: string) {
  const ways = ['steered', 'redirected', 'resolved'] as const
  return Promise.all(
    ways.map(async (way) => {
      const left = await within(DECIDED_MAX_MS, async () => ((await viewer[way]()) ?? from) !== from)
      return { way, left_ms: left ? Date.now() : Number.POSITIVE_INFINITY }
    }),
  )
}

/** The decision once it is judged. */
async function judged(fleet: Fleet, cell: Cell, { decision_id }: Decision): Promise<Decision | undefined> {
  const now = async () => (await decisionsOf(fleet, cell)).find((one) => one.decision_id === decision_id)
  await within(JUDGED_MAX_MS, async () => (await now())?.verdict !== null)
  return now()
}

function told({ verdict, effect }: Decision): string {
  const { pairs_count, gain, low, high } = effect ?? {}
  return `${verdict} ${gain?.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)}) of ${pairs_count} pairs`
}

test('viewers leave what is ill for them at once, it is shown that this helped, and they come back', async (t) => {
  if (!needsLab(t)) return
  const fleet = await startFleet(t, {
    duration_ms: 3_000,
    env: { DETECT_ROUND_S: '10' },
    steering: { dwell_s: 30, warm_up_s: 30, patience_s: 0, weights: OWN_ISP },
  })
  await pause(WARM_UP_MS)
  for (const cell of [AIS, TELEKOM, VODAFONE])
    for (const way of ['steered', 'redirected', 'resolved'] as const)
      assert.equal(await fleet.viewer(cell)[way](), 'fra-1', `${cell.isp}, ${way}: the node of its own`)

  const delays: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const { name, line, change, back, cells } of FAULTS) {
      const link = fleet.lab.link(...fleet.lines[line])
      await link.change({ up: change, down: change })
      const began = Date.now()
      await Promise.all(
        cells.map(async (cell) => {
          const left = await leaving(fleet.viewer(cell), 'fra-1')
          const [decision] = await decisionsOf(fleet, cell)
          assert.ok(decision)
          const decided = Date.parse(decision.decided_at)
          delays.push((decided - began) / 1_000)
          const followed = left.map(({ way, left_ms }) => `${way} ${left_ms - decided} ms`)
          t.diagnostic(
            `${name}: ${cell.isp} to ${decision.to_node_id} after ${((decided - began) / 1_000).toFixed(1)} s; answers followed: ${followed.join(', ')}; ${decision.reason}`,
          )
          assert.equal(decision.motive, 'ill')
          assert.ok(decision.incident_id !== null)
          for (const { way, left_ms } of left)
            assert.ok(left_ms - decided <= FOLLOWED_MAX_MS, `${way} followed ${left_ms - decided} ms later`)
          const after = await judged(fleet, cell, decision)
          t.diagnostic(`  ${cell.isp}: ${after === undefined ? 'gone' : told(after)}`)
          assert.equal(after?.verdict, 'helped')
        }),
      )
      await link.change({ up: back, down: back })
      const recovered = Date.now()
      for (const cell of cells) {
        assert.ok(
          await within(BACK_MAX_MS, async () => (await fleet.viewer(cell).steered()) === 'fra-1'),
          `${cell.isp} stays away`,
        )
        t.diagnostic(
          `  ${cell.isp} is back ${((Date.now() - recovered) / 1_000).toFixed(0)} s after recovery`,
        )
        const [latest] = await decisionsOf(fleet, cell)
        assert.equal(latest?.motive, 'better')
      }
      // Who is not concerned stays: the ill way is one ISP's.
      if (line === 'way')
        for (const cell of [TELEKOM, VODAFONE]) {
          const during = (await decisionsOf(fleet, cell)).filter(
            ({ decided_at }) => Date.parse(decided_at) >= began,
          )
          assert.deepEqual(during, [], `${cell.isp} was moved`)
        }
    }

  const claro = { country: 'BR', isp: 'Claro' }
  const before = await decisionsOf(fleet, claro)
  const link = fleet.lab.link(...fleet.lines.agent)
  await link.change({ up: { loss_ratio: 0.1 }, down: { loss_ratio: 0.1 } })
  await pause(ALONE_MS)
  assert.deepEqual(await decisionsOf(fleet, claro), before, 'a sick agent moves nobody')

  const middle = median(delays)
  t.diagnostic(
    `${delays.length} cells: median ${middle.toFixed(1)} s, worst ${Math.max(...delays).toFixed(1)} s`,
  )
  assert.ok(middle <= 30, `median ${middle} s`)
  assert.ok(Math.max(...delays) <= 45, `worst ${Math.max(...delays)} s`)
})

test('a move that made it worse is shown to have, and is taken back by itself', async (t) => {
  if (!needsLab(t)) return
  // Rounds so long that the verdict is there before an incident is.
  const fleet = await startFleet(t, {
    duration_ms: 3_000,
    env: { DETECT_ROUND_S: '60' },
    steering: { dwell_s: 30, warm_up_s: 30, patience_s: 0, weights: OWN_ISP },
  })
  const viewer = fleet.viewer(AIS)
  assert.ok(await within(WARM_UP_MS, async () => (await viewer.steered()) === 'fra-1'))
  const drain = (drained: boolean, revision: number) =>
    fleet.put('/v1/steering/drains/fra-1', { drained, by: 'test', revision })
  await drain(true, 0)
  assert.ok(await within(FOLLOWED_MAX_MS, async () => (await viewer.steered()) !== 'fra-1'))
  const [away] = await decisionsOf(fleet, AIS)
  await drain(false, 1)
  assert.ok(await within(BACK_MAX_MS, async () => (await viewer.steered()) === 'fra-1'), 'not back')
  const [back = assert.fail()] = await decisionsOf(fleet, AIS)
  assert.equal(back.motive, 'better')
  // What it could not know: the way there is ill from now on.
  await fleet.lab.link(...fleet.lines.way).change({ up: { loss_ratio: 0.15 }, down: { loss_ratio: 0.15 } })
  const after = (await judged(fleet, AIS, back)) ?? assert.fail()
  t.diagnostic(told(after))
  assert.equal(after.verdict, 'hurt')
  assert.ok(await within(FOLLOWED_MAX_MS, async () => (await viewer.steered()) === away?.to_node_id))
  const [taken = assert.fail()] = await decisionsOf(fleet, AIS)
  t.diagnostic(
    `taken back ${Date.parse(taken.decided_at) - Date.parse(back.decided_at)} ms later: ${taken.reason}`,
  )
  assert.equal(taken.motive, 'hurt')
  await fleet.lab.link(...fleet.lines.way).change({ up: { loss_ratio: 0 }, down: { loss_ratio: 0 } })
  await pause(BACK_MAX_MS)
  assert.notEqual(await viewer.steered(), 'fra-1', 'not sent there again for an hour')
})

test('a way that comes and goes every 20 s does not send viewers to and fro', async (t) => {
  if (!needsLab(t)) return
  const fleet = await startFleet(t, {
    duration_ms: 3_000,
    env: { DETECT_ROUND_S: '10' },
    steering: { weights: OWN_ISP },
  })
  await pause(WARM_UP_MS)
  const began = Date.now()
  const link = fleet.lab.link(...fleet.lines.way)
  for (let flips = 0; Date.now() - began < FLIPPING_MS; flips += 1) {
    const outage = flips % 2 === 0
    await link.change({ up: { outage }, down: { outage } })
    await pause(began + (flips + 1) * FLIP_MS - Date.now())
  }
  const { decisions } = await fleet.get<DecisionList>('/v1/decisions?limit=1000')
  const during = decisions.filter(({ decided_at }) => Date.parse(decided_at) >= began)
  for (const { decided_at, country, isp, from_node_id, to_node_id, motive, verdict } of during)
    t.diagnostic(
      `after ${((Date.parse(decided_at) - began) / 1_000).toFixed(0)} s: ${country}/${isp} ${from_node_id} to ${to_node_id}, ${motive}, ${verdict}`,
    )
  assert.ok(during.length <= FLIP_DECISIONS_MAX, `${during.length} decisions`)
})
