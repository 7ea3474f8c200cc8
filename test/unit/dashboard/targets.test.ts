import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fleet, OverviewRow } from '@streamgauge/contract'
import { filterGroups, groupTargets, orderGroups, siblingOf } from '../../../dashboard/targets/groups.ts'
import { nextOrder } from '../../../dashboard/targets/head.ts'
import { heldOrder } from '../../../dashboard/targets/order.ts'
import { aTarget } from '../../support/measurement.ts'

type FleetTarget = Fleet['targets'][number]

function target(overrides: Partial<FleetTarget>): FleetTarget {
  const { ca_pem, ...rest } = aTarget()
  return { ...rest, ...overrides }
}

function row(of: FleetTarget, handshakeMs: number | null): OverviewRow {
  const { target_id, node_id, stream_id, route, provider, transport, format } = of
  const none = { value: null, low: null, high: null, n: 0 }
  return {
    ...{ target_id, node_id, stream_id, route, provider, transport, format },
    ...{ runs_count: 3, started_count: 3, failed_count: 0, tainted_count: 0 },
    handshake_ms: { ...none, value: handshakeMs },
    ...{ success_ratio: none, first_frame_ms: none, stall_ratio: none },
    last_started_at: '2026-11-22T20:00:00.000Z',
    http3_advertised: null,
  }
}

const sinTcp = target({ target_id: 'sin-tcp', node_id: 'sin' })
const sinQuic = target({ target_id: 'sin-quic', node_id: 'sin', transport: 'quic' })
const bkkTcp = target({ target_id: 'bkk-tcp', node_id: 'bkk' })
const fraTcp = target({ target_id: 'fra-tcp', node_id: 'fra', route: 'dedicated' })

test('targets that differ in the transport alone stand together, TCP first', () => {
  const groups = groupTargets([sinQuic, bkkTcp, sinTcp], [])
  assert.deepEqual(
    groups.map((group) => group.entries.map((entry) => entry.target_id)),
    [['sin-tcp', 'sin-quic'], ['bkk-tcp']],
  )
})

test('another route, format or node is another group', () => {
  const others = [
    target({ target_id: 'a', node_id: 'sin', route: 'dedicated' }),
    target({ target_id: 'b', node_id: 'sin', format: 'hls' }),
    target({ target_id: 'c', node_id: 'fra' }),
  ]
  assert.equal(groupTargets([sinTcp, ...others], []).length, 4)
  assert.equal(siblingOf(sinTcp, [...others, sinQuic])?.target_id, 'sin-quic')
  assert.equal(siblingOf(bkkTcp, [...others, sinQuic]), null)
})

test('cleartext is marked, and has no sibling to be compared with', () => {
  const cleartext = target({
    target_id: 'plain',
    node_id: 'sin',
    url: 'http://sin.example.com/live/test.flv',
  })
  assert.equal(siblingOf(cleartext, [cleartext, sinQuic]), null)
  assert.equal(siblingOf(sinQuic, [cleartext, sinQuic]), null)
  const marked = groupTargets([cleartext, sinQuic], []).flatMap((group) => group.entries)
  assert.deepEqual(
    marked.map((entry) => [entry.target_id, entry.cleartext]),
    [
      ['plain', true],
      ['sin-quic', false],
    ],
  )
})

test('a target that left the fleet keeps its figures, one without a run has none', () => {
  const groups = groupTargets([sinTcp], [row(bkkTcp, 30)])
  const entries = groups.flatMap((group) => group.entries)
  assert.deepEqual(
    entries.map((entry) => [entry.target_id, entry.row?.handshake_ms.value ?? null]),
    [
      ['bkk-tcp', 30],
      ['sin-tcp', null],
    ],
  )
})

test('a filter keeps what matches every word, and only that transport', () => {
  const groups = groupTargets([sinTcp, sinQuic, bkkTcp, fraTcp], [])
  const ids = (text: string, transport: 'both' | 'tcp' | 'quic') =>
    filterGroups(groups, { text, transport }).flatMap((group) => group.entries.map((one) => one.target_id))
  assert.deepEqual(ids('SIN', 'both'), ['sin-tcp', 'sin-quic'])
  assert.deepEqual(ids('dedicated fra', 'both'), ['fra-tcp'])
  assert.deepEqual(ids('', 'quic'), ['sin-quic'])
  assert.deepEqual(ids('sin', 'quic'), ['sin-quic'])
  assert.deepEqual(ids('nowhere', 'both'), [])
})

test('groups sort by their smallest figure, or their largest when descending; none comes last both ways', () => {
  const rows = [row(sinTcp, 90), row(sinQuic, 40), row(bkkTcp, 60), row(fraTcp, null)]
  const groups = groupTargets([], rows)
  const nodes = (descending: boolean) =>
    orderGroups(groups, { by: 'handshake_ms', descending }).map((group) => group.node_id)
  assert.deepEqual(nodes(false), ['sin', 'bkk', 'fra'])
  assert.deepEqual(nodes(true), ['sin', 'bkk', 'fra'])
  const calm = groupTargets([], [row(sinTcp, 50), row(bkkTcp, 60)])
  assert.deepEqual(
    orderGroups(calm, { by: 'handshake_ms', descending: true }).map((group) => group.node_id),
    ['bkk', 'sin'],
  )
})

test('the same column again turns the order round', () => {
  const first = nextOrder({ by: 'name', descending: false }, 'stall_ratio')
  assert.deepEqual(first, { by: 'stall_ratio', descending: false })
  assert.deepEqual(nextOrder(first, 'stall_ratio'), { by: 'stall_ratio', descending: true })
})

test('rows that are held stay where they are, and new ones come last', () => {
  const groups = groupTargets([sinTcp, bkkTcp, fraTcp], [])
  const [sin, bkk, fra] = groups
  assert.ok(sin && bkk && fra)
  const held = heldOrder([fra, bkk, sin], [sin.key, bkk.key])
  assert.deepEqual(
    held.map((group) => group.node_id),
    ['sin', 'bkk', 'fra'],
  )
})
