import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Incident, IncidentList, Where } from '@streamgauge/contract'
import { type Fleet, ON_ITS_OWN, startFleet, WITH_OWN_WAY } from '../netlab/fleet.ts'
import type { DirectionSettings } from '../netlab/link/settings.ts'
import { median } from '../netlab/measure/measure.ts'
import { needsLab } from '../netlab/possible.ts'

/** How often each fault is made. */
const REPEATS = Number(process.env.REPEATS ?? 3)
const WARM_UP_MS = 120_000
const FOUND_MAX_MS = 90_000
const OVER_MAX_MS = 180_000

interface Fault {
  readonly name: string
  readonly line: keyof Fleet['lines']
  readonly change: Partial<DirectionSettings>
  readonly back: Partial<DirectionSettings>
  readonly where: Where
}

const { node_id, ...vantage } = WITH_OWN_WAY
const FAULTS: readonly Fault[] = [
  {
    name: 'a node dies',
    line: 'node',
    change: { outage: true },
    back: { outage: false },
    where: { node_id: 'fra-1' },
  },
  {
    name: 'a node is browned out for one ISP',
    line: 'way',
    change: { loss_ratio: 0.08 },
    back: { loss_ratio: 0 },
    where: { ...vantage, node_id },
  },
  {
    name: 'an agent’s own line is ill',
    line: 'agent',
    change: { loss_ratio: 0.1 },
    back: { loss_ratio: 0 },
    where: { agent_id: ON_ITS_OWN },
  },
]

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Loss that makes every viewer over TCP wait is hardly felt over QUIC: that a scope names TCP besides is as right. */
function isOf({ scope }: Incident, where: Where): boolean {
  const sorted = (one: Where) => JSON.stringify(Object.entries(one).sort())
  return [where, { ...where, transport: 'tcp' as const }].some((one) => sorted(scope.where) === sorted(one))
}

/** Of the runs so far, those that said nothing to detection because this machine was too busy. */
async function setAsideShare(fleet: Fleet): Promise<number> {
  const text = await fleet.metrics()
  const figureOf = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  return (
    figureOf('streamgauge_detect_set_aside_total{reason="tainted"}') /
    figureOf('streamgauge_detect_runs_total')
  )
}

test('real faults between real agents and nodes are found where they are, and are over when they are', async (t) => {
  if (!needsLab(t)) return
  const fleet = await startFleet(t, { duration_ms: 3_000, env: { DETECT_ROUND_S: '10' } })
  const incidents = async () => (await fleet.get<IncidentList>('/v1/incidents?limit=1000')).incidents
  await pause(WARM_UP_MS)
  assert.deepEqual(await incidents(), [])
  const setAside = await setAsideShare(fleet)
  t.diagnostic(`${(100 * setAside).toFixed(1)} % of runs set aside as tainted`)
  assert.ok(setAside < 0.3, 'this machine is too busy to measure anything')

  const delays: number[] = []
  const strangers: string[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const { name, line, change, back, where } of FAULTS) {
      const before = new Set((await incidents()).map(({ incident_id }) => incident_id))
      const link = fleet.lab.link(...fleet.lines[line])
      await link.change({ up: change, down: change })
      const began = Date.now()
      const own = async () => (await incidents()).filter(({ incident_id }) => !before.has(incident_id))
      let found: Incident | undefined
      while (found === undefined && Date.now() - began < FOUND_MAX_MS) {
        await pause(500)
        found = (await own()).find((one) => isOf(one, where))
      }
      const delay = found === undefined ? Number.POSITIVE_INFINITY : (Date.now() - began) / 1_000
      delays.push(delay)
      await pause(10_000)
      await link.change({ up: back, down: back })
      const recovered = Date.now()
      while ((await own()).some(({ state }) => state !== 'closed') && Date.now() - recovered < OVER_MAX_MS)
        await pause(1_000)
      const all = await own()
      const over_s = ((Date.now() - recovered) / 1_000).toFixed(1)
      t.diagnostic(`${name}: found after ${delay.toFixed(1)} s, over ${over_s} s after recovery`)
      for (const { scope, state, summary } of all)
        t.diagnostic(`  ${state} ${JSON.stringify(scope.where)} ${summary}`)
      strangers.push(...all.filter((one) => !isOf(one, where)).map(({ summary }) => `${name}: ${summary}`))
      for (const { state } of all) assert.equal(state, 'closed')
    }
  const middle = median(delays)
  t.diagnostic(
    `${delays.length} faults: median ${middle.toFixed(1)} s, worst ${Math.max(...delays).toFixed(1)} s`,
  )
  assert.ok(middle <= 30, `median ${middle} s`)
  assert.ok(Math.max(...delays) <= 45, `worst ${Math.max(...delays)} s`)
  assert.deepEqual(strangers, [])
})
