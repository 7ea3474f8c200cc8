import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resilienceOf } from '@streamgauge/collector/steer/resilience.ts'
import type { CellChoice } from '@streamgauge/collector/steer/world.ts'

const estimate = { success_ratio: 1, stall_ratio: 0, handshake_ms: 10, startup_ms: 20, runs: 9 }

/** A cell with nodes in their order; a small letter is ill, one with a question mark was measured by nobody. */
function cell(isp: string, demand: number, nodes: string): CellChoice {
  const options = nodes.split(' ').map((name, index) => ({
    ...{ node_id: name.toUpperCase(), cost: index / 10, ill: name === name.toLowerCase(), well_s: 0 },
    ...{ same_isp: false, distance_km: null, incident_id: null },
    estimate: name.endsWith('?') ? null : estimate,
  }))
  return { cell: `TH/${isp}`, country: 'TH', isp, demand, share: 0, pin: null, options }
}

const on = (...pairs: readonly (readonly [string, string])[]) =>
  new Map(pairs.map(([isp, node]) => [`TH/${isp}`, node]))

test('a cell with fewer than three nodes that are well and measured is thin', () => {
  const cells = [cell('one', 0, 'A B C'), cell('two', 0, 'A B c D'), cell('three', 0, 'A B c D?')]
  assert.deepEqual(resilienceOf(cells, new Map(), new Map()).thin_cells, [
    { country: 'TH', isp: 'three', healthy_count: 2 },
  ])
})

test('a node whose viewers the others have no room for is critical, by what is left of them', () => {
  const cells = [cell('one', 6, 'A B C'), cell('two', 5, 'A B C'), cell('three', 4, 'B A C')]
  const sentTo = on(['one', 'A'], ['two', 'A'], ['three', 'B'])
  // Without A: `one` fits into B's 10 beside 4; `two` does not any more, and C takes 4.
  const capacities = new Map([
    ['A', 20],
    ['B', 10],
    ['C', 4],
  ])
  assert.deepEqual(resilienceOf(cells, sentTo, capacities).critical_nodes, [
    { node_id: 'A', cells_count: 2, stranded_cells: [{ country: 'TH', isp: 'two' }], stranded_bps: 5 },
  ])
  assert.deepEqual(resilienceOf(cells, sentTo, new Map()).critical_nodes, [], 'room for everybody')
})

test('what is ill is no refuge', () => {
  const { critical_nodes } = resilienceOf([cell('one', 1, 'A b')], on(['one', 'A']), new Map())
  assert.equal(critical_nodes[0]?.node_id, 'A')
})
