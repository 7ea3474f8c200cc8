import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fleet, OverviewRow } from '@streamgauge/contract'
import { bow, bowMiddle, greatCircle } from '../../../dashboard/map/curve.ts'
import { layoutDock, layoutMap, worldProjection } from '../../../dashboard/map/layout.ts'
import { type Mark, marksOf, nodeHealth } from '../../../dashboard/map/marks.ts'
import { nearest, nextInDirection } from '../../../dashboard/map/travel.ts'

function mark(overrides: Partial<Mark>): Mark {
  return {
    key: `node ${overrides.id ?? 'n'}`,
    id: 'n',
    shape: 'edge',
    name: 'N',
    about: '',
    coordinates: null,
    active: true,
    failed_ratio: null,
    runs_count: 0,
    ...overrides,
  }
}

test('a node’s failed share is a ratio of sums over its targets', () => {
  const rows = [
    { node_id: 'sin', runs_count: 90, failed_count: 0 },
    { node_id: 'sin', runs_count: 10, failed_count: 5 },
    { node_id: 'fra', runs_count: 4, failed_count: 4 },
  ] as OverviewRow[]
  // (0 + 5) / (90 + 10) = 0.05, not the mean of 0 and 0.5.
  assert.deepEqual(nodeHealth(rows).get('sin'), { runs_count: 100, failed_count: 5 })
  assert.deepEqual(nodeHealth(rows).get('fra'), { runs_count: 4, failed_count: 4 })
})

test('half a location is none', () => {
  const node = {
    ...{ node_id: 'n', name: 'N', kind: 'edge' as const, country: 'TH', latitude: 13, longitude: null },
    ...{ isps: [], provider: 'own', capacity_bps: null },
  }
  const fleet: Fleet = { nodes: [node], targets: [], agents: [] }
  assert.equal(marksOf(fleet, [])[0]?.coordinates, null)
})

test('what has no location stands in the dock, never at 0,0 of the map', () => {
  const agent = mark({ id: 'a', key: 'agent a', shape: 'agent' })
  const marks = [mark({ id: 'lab' }), agent, mark({ id: 'sin', coordinates: [103.82, 1.35] })]
  const { places, dock } = layoutMap(marks, 1_000, 500)
  // One row: 26 px of head, 22 px of row, 6 px below: 54 px, so the dock begins at 446.
  assert.equal(dock?.top, 446)
  assert.deepEqual(places.get('node lab'), { point: [600, 483], docked: true })
  assert.deepEqual(places.get('agent a'), { point: [360, 483], docked: true })
  assert.equal(places.get('node sin')?.docked, false)
})

test('there is no dock when everything has a location', () => {
  assert.equal(layoutMap([mark({ coordinates: [0, 0] })], 800, 400).dock, null)
})

test('a dock of more than four rows ends in one that stands for the rest', () => {
  const marks = ['1', '2', '3', '4', '5', '6'].map((id) => mark({ id }))
  const dock = layoutDock(marks, 1_000, 500)
  assert.deepEqual(
    dock?.slots.map((slot) => slot.label),
    ['N', 'N', 'N', 'and 3 more'],
  )
  const { places } = layoutMap(marks, 1_000, 500)
  assert.deepEqual(places.get('node 6')?.point, dock?.slots[3]?.point)
})

test('the inhabited world fits its box', () => {
  const projection = worldProjection(1_000, 480)
  for (const place of [
    [-165, 65],
    [177, -38],
    [174, 70],
    [-70, -54],
  ] as const) {
    const [x = -1, y = -1] = projection([...place]) ?? []
    assert.ok(x >= 0 && x <= 1_000 && y >= 0 && y <= 480, `${place} is at ${x}, ${y}`)
  }
})

test('a great circle between two ends of one place is none', () => {
  const projection = worldProjection(1_000, 480)
  assert.equal(greatCircle(projection, [100, 13], [100, 13]), null)
  assert.match(greatCircle(projection, [100, 13], [8, 50]) ?? '', /^M[\d.]+,[\d.]+L/)
})

test('a great circle over the antimeridian is cut in two, not drawn across the map', () => {
  const path = greatCircle(worldProjection(1_000, 480), [170, 0], [-170, 10]) ?? ''
  assert.equal(path.match(/M/g)?.length, 2)
})

test('the two transports of a pair bow to different sides', () => {
  // 200 px apart: the control point is 36 px off the line, the middle of the bow half of that.
  assert.deepEqual(bow([0, 0], [200, 0], 'tcp'), [100, -36])
  assert.deepEqual(bow([0, 0], [200, 0], 'quic'), [100, 36])
  assert.deepEqual(bowMiddle([0, 0], [100, -36], [200, 0]), [100, -18])
})

test('an arrow key goes to the nearest mark that lies more ahead than aside', () => {
  const points = new Map([
    ['east', [100, 10]],
    ['far east', [300, 0]],
    ['south', [5, 80]],
    ['west', [-40, 0]],
  ] as const)
  assert.equal(nextInDirection([0, 0], 'right', points), 'east')
  assert.equal(nextInDirection([100, 10], 'right', points), 'far east')
  assert.equal(nextInDirection([0, 0], 'down', points), 'south')
  assert.equal(nextInDirection([0, 0], 'left', points), 'west')
  assert.equal(nextInDirection([0, 0], 'up', points), null)
})

test('the pointer picks the nearest mark within its reach', () => {
  const points = new Map([
    ['a', [0, 0]],
    ['b', [10, 0]],
  ] as const)
  assert.equal(nearest([6, 0], points, 14), 'b')
  assert.equal(nearest([40, 0], points, 14), null)
})
