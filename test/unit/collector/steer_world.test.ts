import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { World } from '@streamgauge/collector/steer/world.ts'
import type { Incident } from '@streamgauge/contract'

const FLEET = `nodes:
  - {node_id: fra, name: Frankfurt, kind: center, country: DE, latitude: 50, longitude: 8, isps: [DT]}
  - {node_id: waw, name: Warsaw, kind: edge, country: PL, latitude: 52, longitude: 21}
  - {node_id: sin, name: Singapore, kind: center, country: SG, latitude: 1, longitude: 104}
  - {node_id: sao, name: São Paulo, kind: edge, country: BR, latitude: -24, longitude: -47}
  - {node_id: lost, name: nobody knows where, kind: edge, country: ZZ}
agents:
  - {agent_id: de-1, country: DE, isp: DT, latitude: 52.5, longitude: 13.4}
`
const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

function optionsOf(steering: string, nodes = FLEET) {
  const config = parseConfig(`${nodes}\n${steering}`, 'test.yaml')
  const [cell] = new World(config, config.steering).step([], [], NOW_MS)
  assert.equal(cell?.cell, 'DE/DT')
  return cell.options.map(({ node_id }) => node_id)
}

function refused(steering: string, problem: RegExp) {
  assert.throws(() => parseConfig(`${FLEET}\n${steering}`, 'test.yaml'), problem)
}

test('without a measurement the three nearest are thought of, those of the own ISP first', () => {
  assert.deepEqual(optionsOf(''), ['fra', 'waw', 'sin'])
})

test('a node that is drained, in maintenance or without capacity takes nobody', () => {
  assert.deepEqual(optionsOf('steering: {nodes: [{node_id: fra, drained: true}]}'), ['waw', 'sin', 'sao'])
  const during = (from: string, to: string) =>
    optionsOf(`steering: {nodes: [{node_id: fra, maintenance: [{from: '${from}', to: '${to}'}]}]}`)[0]
  assert.equal(during('2026-11-22T11:00:00Z', '2026-11-22T12:00:01Z'), 'waw')
  assert.equal(during('2026-11-22T11:00:00Z', '2026-11-22T12:00:00Z'), 'fra', 'half-open')
  assert.equal(during('2026-11-22T12:00:01Z', '2026-11-22T13:00:00Z'), 'fra')
  assert.deepEqual(optionsOf('', FLEET.replace('isps: [DT]', 'capacity_bps: 0')), ['waw', 'sin', 'sao'])
})

test('where a cell is stays an option that nobody measured lately, unless it is closed', () => {
  const options = (steering: string) => {
    const config = parseConfig(`${FLEET}\n${steering}`, 'test.yaml')
    const [cell] = new World(config, config.steering).step([], [], NOW_MS, undefined, () => ['sao'])
    return cell?.options.map(({ node_id }) => node_id)
  }
  assert.deepEqual(options(''), ['fra', 'waw', 'sin', 'sao'])
  assert.deepEqual(options('steering: {nodes: [{node_id: sao, drained: true}]}'), ['fra', 'waw', 'sin'])
})

test('what an incident says is one ISP’s own trouble moves none of the others, and is remembered while its runs are', () => {
  const config = parseConfig(FLEET, 'test.yaml')
  const world = new World(config, config.steering)
  const seen = (isp: string, node_id: string, failed: number) => ({
    ...{ country: 'DE', isp, node_id, runs: 10, failed, watched_ms: 0, stall_ms: 0 },
    ...{ connected: 0, handshake_log: 0, started: 0, startup_log: 0 },
  })
  const rows = [seen('DT', 'sao', 10), seen('O2', 'sao', 0), seen('DT', 'sin', 0), seen('O2', 'sin', 0)]
  const incident = {
    ...{ incident_id: 'one', severity: 'critical', state: 'open' },
    scope: { kind: 'cell', where: { country: 'DE', isp: 'DT', node_id: 'sao', transport: 'tcp' } },
  } as unknown as Incident
  const successOf = (cell: string, incidents: readonly Incident[], nowMs: number) =>
    world
      .step(rows, incidents, nowMs)
      .find((one) => one.cell === cell)
      ?.options.find(({ node_id }) => node_id === 'sao')?.estimate?.success_ratio
  const before = successOf('DE/*', [], NOW_MS) ?? 1
  assert.ok(before < 0.8, `${before}`)
  assert.equal(successOf('DE/*', [incident], NOW_MS), 1)
  assert.equal(successOf('ZZ/*', [incident], NOW_MS), 1)
  assert.ok((successOf('DE/DT', [incident], NOW_MS) ?? 1) < 0.5)
  assert.equal(successOf('DE/O2', [], NOW_MS + 1_200_000), 1, 'it is over, its runs are still there')
  assert.ok((successOf('DE/*', [], NOW_MS + 1_200_001) ?? 1) < 0.8)
})

test('a cell that fares badly wherever it measures is not sent where it does not', () => {
  const config = parseConfig(FLEET, 'test.yaml')
  const seen = (isp: string, node_id: string, failed: number) => ({
    ...{ country: 'DE', isp, node_id, runs: 10, failed, watched_ms: 0, stall_ms: 0 },
    ...{ connected: 10, handshake_log: 10 * Math.log(50), started: 10, startup_log: 10 * Math.log(100) },
  })
  const rows = [seen('DT', 'sao', 8), seen('DT', 'sin', 7), seen('O2', 'waw', 0), seen('O2', 'sin', 0)]
  const best = (incidents: readonly Incident[]) =>
    new World(config, config.steering).step(rows, incidents, NOW_MS).find(({ cell }) => cell === 'DE/DT')
  assert.equal(best([])?.options[0]?.node_id, 'sin')
  const ill = (node_id: string) =>
    ({
      ...{ incident_id: node_id, severity: 'critical', state: 'open' },
      scope: { kind: 'node', where: { node_id } },
    }) as unknown as Incident
  // Where all it measures is known to be ill, what its neighbours see is the best there is.
  assert.equal(best([ill('sin'), ill('sao')])?.options[0]?.node_id, 'waw')
})

test('an extra cost is put on for everybody', () => {
  assert.deepEqual(optionsOf('steering: {nodes: [{node_id: fra, extra_cost: 0.5}]}'), ['waw', 'sin', 'fra'])
})

test('every cell counts alike unless demand is given', () => {
  const sharesOf = (steering: string) => {
    const config = parseConfig(`${FLEET}\n${steering}`, 'test.yaml')
    return new World(config, config.steering).step([], [], NOW_MS).map(({ cell, share }) => [cell, share])
  }
  assert.deepEqual(sharesOf(''), [
    ['DE/DT', 1 / 3],
    ['DE/*', 1 / 3],
    ['ZZ/*', 1 / 3],
  ])
  assert.deepEqual(
    sharesOf("steering: {demand: [{country: DE, isp: DT, bps: 3e9}, {country: DE, isp: '*', bps: 1e9}]}"),
    [
      ['DE/DT', 0.75],
      ['DE/*', 0.25],
      ['ZZ/*', 0],
    ],
  )
})

test('a configuration of steering that makes no sense is refused with the key', () => {
  refused('steering: {mode: sideways}', /CONFIG_INVALID|steering/)
  refused('steering: {nodes: [{node_id: x}]}', /steering\.nodes\[0\]\.node_id: no node 'x'/)
  refused('steering: {nodes: [{node_id: fra}, {node_id: fra}]}', /steering\.nodes: 'fra' is there twice/)
  refused(
    'steering: {pins: [{country: DE, isp: DT, node_id: x}]}',
    /steering\.pins\[0\]\.node_id: no node 'x'/,
  )
  refused(
    'steering: {pins: [{country: DE, isp: DT, node_id: fra}, {country: DE, isp: DT, node_id: sin}]}',
    /steering\.pins: 'DE\/DT' is there twice/,
  )
  refused(
    "steering: {nodes: [{node_id: fra, maintenance: [{from: '2026-11-23', to: '2026-11-22'}]}]}",
    /maintenance\[0\]: two ISO times, the earlier first/,
  )
  refused('steering: {step_ratio: 2}', /step_ratio/)
  refused('steering: {weights: {stall: -1}}', /stall/)
})
