import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { kilometresBetween } from '@streamgauge/collector/simulate/path/distance.ts'
import { dedicatedPath, publicPath } from '@streamgauge/collector/simulate/path/path.ts'
import { fiberRttMs } from '@streamgauge/collector/simulate/path/rtt.ts'
import { crowdAt } from '@streamgauge/collector/simulate/run/conditions.ts'
import { CENTERS, dedicatedRtts } from '@streamgauge/collector/simulate/world/center.ts'
import { configurationOf } from '@streamgauge/collector/simulate/world/configuration.ts'
import { buildWorld, FULL_SIZE } from '@streamgauge/collector/simulate/world/world.ts'

const world = buildWorld(FULL_SIZE)
const centerAt = (code: string) => CENTERS.findIndex((center) => center.code === code)
const near = (value: number | undefined, wanted: number, by: number) =>
  assert.ok(Math.abs((value ?? Number.NaN) - wanted) <= by, `${value} is not ${wanted} within ${by}`)

test('the world has 79 countries, 222 networks, 1,300 nodes of two providers and 3,000 agents', () => {
  const edges = world.nodes.filter(({ node }) => node.kind === 'edge')
  const networks = world.countries.flatMap((country) => country.isps.map((isp) => isp.asn))
  assert.equal(world.countries.length, 79)
  assert.equal(new Set(networks).size, 222)
  assert.equal(world.nodes.length, 1_300)
  assert.equal(edges.length, 1_291)
  assert.deepEqual([...new Set(edges.map(({ node }) => node.provider))].sort(), ['own', 'vendor'])
  assert.equal(world.agents.length, 3_000)
  for (const list of [world.nodes.map(({ node }) => node.node_id), world.agents.map((a) => a.agent_id)])
    assert.equal(new Set(list).size, list.length)
})

test('the nine centres are where the fleet has them', () => {
  const centers = world.nodes.filter(({ node }) => node.kind === 'center').map(({ node }) => node.country)
  assert.deepEqual(centers, ['HK', 'TH', 'SG', 'DE', 'CA', 'US', 'RU', 'ZA', 'KR'])
})

test('every network has an agent, every country an edge of each provider, and every node somebody who looks at it', () => {
  const cells = new Set(world.agents.map(({ country, isp }) => `${country.code} ${isp.asn}`))
  assert.equal(cells.size, 222)
  for (const { code } of world.countries) {
    const here = world.nodes.filter(({ node }) => node.country === code && node.kind === 'edge')
    assert.deepEqual([...new Set(here.map(({ node }) => node.provider))].sort(), ['own', 'vendor'], code)
  }
  const seen = world.plans.flatMap((plan) =>
    plan.errands.flatMap(({ sides }) => sides.map(({ target }) => target.node.index)),
  )
  assert.equal(new Set(seen).size, 1_300)
})

test('streams go over public, dedicated and relayed routes', () => {
  const routes = [...new Set(world.targets.map(({ route }) => route))]
  assert.equal(routes.filter((route) => route.startsWith('relay:')).length, 10)
  assert.deepEqual(routes.filter((route) => !route.startsWith('relay:')).sort(), ['dedicated', 'public'])
})

test('a pair differs in one thing: transport, route or node', () => {
  for (const { errands } of world.plans)
    for (const { paired, sides } of errands) {
      const [a, b] = sides.map(({ target }) => target)
      if (!paired || a === undefined || b === undefined) continue
      const differs = [a.transport !== b.transport, a.route !== b.route, a.node !== b.node]
      assert.equal(differs.filter(Boolean).length, 1, `${a.target_id} ${b.target_id}`)
      assert.equal(a.stream, b.stream)
    }
})

test('a collector takes the world as its configuration, and every name in it says that it is simulated', () => {
  const config = parseConfig(JSON.stringify(configurationOf(world)), 'world.json')
  assert.equal(config.nodes.length, 1_300)
  assert.equal(config.agents.length, 3_000)
  assert.equal(config.targets.length, world.targets.length)
  assert.ok(config.nodes.every(({ node_id, name }) => /^sim-/.test(node_id) && name.endsWith('(simulated)')))
  assert.ok(config.agents.every(({ agent_id }) => agent_id.startsWith('sim-')))
  assert.ok(config.targets.every(({ target_id, url }) => /^sim-/.test(target_id) && /\.invalid\//.test(url)))
})

test('Bangkok to Singapore is 1,426 km: 14.3 ms there and back along the great circle, 17.8 ms on our line', () => {
  const bangkok = CENTERS[centerAt('bkk')]
  const singapore = CENTERS[centerAt('sin')]
  assert.ok(bangkok && singapore)
  // Haversine by another program (Python's math, radius 6,371 km): 1426.365 km; light in glass covers 200 km a millisecond.
  near(kilometresBetween(bangkok, singapore), 1_426.365, 0.001)
  near(fiberRttMs(1_426.365, 1), 14.263_65, 1e-9)
  near(dedicatedRtts()[centerAt('bkk')]?.[centerAt('sin')], 14.263_65 * 1.25, 1e-3)
})

test('lines are joined: Frankfurt reaches Hong Kong by Moscow and Seoul, not by Singapore', () => {
  // 25.269 + 82.563 + 26.158 ms (2,021 + 6,605 + 2,093 km, 1.25 times as long); by Singapore it would be 160.560 ms.
  near(dedicatedRtts()[centerAt('fra')]?.[centerAt('hkg')], 133.99, 0.001)
})

test('a public path is the last mile, the fiber, both borders and a meeting point', () => {
  const agent = world.agents.find(({ agent_id }) => agent_id === 'sim-th-ais-1')
  const node = world.nodes.find(({ node }) => node.node_id === 'sim-center-sin')
  assert.ok(agent && node)
  const path = publicPath(agent, node)
  const lastMile = agent.isp.access_ms * agent.line
  const km = kilometresBetween(agent, node)
  // Fiber winds 1.5 to 2 times as far; borders cost 3 ms (TH) and 0 ms (SG); meeting costs 1 to 11 ms; the site 0.3 ms.
  const least = lastMile + (2 * km * 1.5) / 200 + 3 + 1 + 0.3
  const most = lastMile + (2 * km * 2) / 200 + 3 + 11 + 0.3
  assert.ok(path.rtt_ms >= least && path.rtt_ms <= most, `${least} ${path.rtt_ms} ${most}`)
})

test('a dedicated line to a far centre has less loss than the public route, from nearly everywhere', () => {
  const [entries, lines] = [world.nodes.slice(0, 9), dedicatedRtts()]
  const far = entries[centerAt('sjc')]
  const entry = entries[centerAt('sin')]
  assert.ok(far && entry)
  const line = lines[centerAt('sin')]?.[centerAt('sjc')] ?? Number.NaN
  const asians = world.agents.filter(({ country }) => ['MY', 'TH', 'ID', 'SG'].includes(country.code))
  const better = asians.filter(
    (agent) => dedicatedPath(agent, entry, line, far).loss_ratio < publicPath(agent, far).loss_ratio,
  )
  assert.ok(asians.length > 200)
  assert.ok(better.length / asians.length > 0.95, `${better.length} of ${asians.length}`)
})

test('a country is busiest at 21:00 by its own clocks and quiet before dawn', () => {
  const day = Date.parse('2026-11-20T00:00:00Z')
  const at = (utcHour: number, offset: number) => crowdAt(day + utcHour * 3_600_000, offset)
  near(at(14, 7), 1, 1e-9) // Bangkok: 21:00
  near(at(21, 0), 1, 1e-9)
  assert.ok(at(21, 7) < 0.1) // Bangkok: 04:00
  const hours = Array.from({ length: 24 }, (_, hour) => at(hour, -5))
  assert.equal(hours.indexOf(Math.max(...hours)), 2) // New York: 21:00 the day before
})
