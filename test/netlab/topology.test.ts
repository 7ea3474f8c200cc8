import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plan } from './topology.ts'

test('hosts are reached by the shortest way over routers alone, a host with one link by its default route', () => {
  const { hosts } = plan({
    hosts: { agent: {}, near: { router: true }, far: { router: true }, node: {}, other: {} },
    links: [
      { between: ['agent', 'near'] },
      { between: ['near', 'far'] },
      { between: ['far', 'node'] },
      { between: ['agent', 'far'] },
      { between: ['node', 'other'] },
    ],
  })
  const routes = Object.fromEntries(
    hosts.map(({ name, routes }) => [name, routes.map(({ to, link }) => [to?.address ?? 'default', link])]),
  )
  assert.deepEqual(routes.agent, [
    ['10.64.0.2', 0],
    ['10.64.0.3', 3],
    ['10.64.0.4', 3],
  ])
  assert.deepEqual(routes.near, [
    ['10.64.0.1', 0],
    ['10.64.0.3', 1],
    ['10.64.0.4', 1],
  ])
  assert.deepEqual(routes.other, [['default', 4]])
  assert.deepEqual(routes.node, [
    ['10.64.0.3', 2],
    ['10.64.0.5', 4],
    ['10.64.0.2', 2],
    ['10.64.0.1', 2],
  ])
})

for (const [what, description] of [
  ['a name that is none', { hosts: { 'a b': {} }, links: [] }],
  ['a link to nowhere', { hosts: { a: {} }, links: [{ between: ['a', 'b'] }] }],
  ['a link to itself', { hosts: { a: {} }, links: [{ between: ['a', 'a'] }] }],
  [
    'two links between two hosts',
    { hosts: { a: {}, b: {} }, links: [{ between: ['a', 'b'] }, { between: ['b', 'a'] }] },
  ],
  ['a seed that is no whole number', { hosts: {}, links: [], seed: 0.5 }],
] as const) {
  test(`${what} is refused with BAD_TOPOLOGY`, () => {
    assert.throws(() => plan(description), { code: 'BAD_TOPOLOGY' })
  })
}
