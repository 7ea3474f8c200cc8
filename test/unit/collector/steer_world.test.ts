import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { World } from '@streamgauge/collector/steer/world.ts'

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
