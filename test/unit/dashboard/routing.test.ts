import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withQuery } from '../../../dashboard/api/client.ts'
import { formatHash, parseHash, targetHash, windowAt } from '../../../dashboard/routing/hash.ts'
import { linkText } from '../../../dashboard/shell/link-status.ts'
import { nextTheme } from '../../../dashboard/shell/theme.ts'

test('an empty or wrong address is the overview of the last hour', () => {
  for (const hash of ['', '#', '#/', '#/?window=9d&metric=nonsense']) {
    const chosen = { window: '1h', metric: 'handshake_ms', past: '24h' }
    assert.deepEqual(parseHash(hash), { page: { name: 'overview' }, ...chosen })
  }
})

test('an address that names no page is unknown, not the overview', () => {
  for (const hash of ['#/target', '#/targets/', '#/targets/%E0%A4', '#/nowhere/x']) {
    assert.equal(parseHash(hash).page.name, 'unknown', hash)
  }
})

test('a target’s id may hold what a path may not', () => {
  const route = parseHash('#/?window=6h')
  const hash = targetHash(route, 'sin/1:a@b+c')
  assert.equal(hash, '#/targets/sin%2F1%3Aa%40b%2Bc?window=6h')
  assert.deepEqual(parseHash(hash).page, { name: 'target', target_id: 'sin/1:a@b+c' })
})

test('a route survives its address', () => {
  const hash = '#/targets/t?window=15m&metric=stall_ratio'
  assert.equal(formatHash(parseHash(hash)), hash)
})

test('a window ends now and is as long as its name', () => {
  const nowMs = Date.parse('2026-11-22T20:00:00.000Z')
  assert.deepEqual(windowAt('15m', nowMs), {
    from: '2026-11-22T19:45:00.000Z',
    to: '2026-11-22T20:00:00.000Z',
  })
})

test('a query leaves out null and repeats lists', () => {
  assert.equal(withQuery('/v1/x', { a: 1, b: null, c: ['p', 'q&r'] }), '/v1/x?a=1&c=p&c=q%26r')
  assert.equal(withQuery('/v1/x', { b: null }), '/v1/x')
})

test('the link’s state says how long nothing was heard', () => {
  const text = (state: Parameters<typeof linkText>[0], ms: number) =>
    linkText(state, ms).replaceAll('\u00a0', ' ')
  assert.equal(text('live', 900), 'live')
  assert.equal(text('live', 14_000), 'live · last event 14 s ago')
  assert.equal(text('reconnecting', 14_000), 'reconnecting · nothing heard for 14 s')
})

test('the theme goes round', () => {
  assert.deepEqual([nextTheme('system'), nextTheme('light'), nextTheme('dark')], ['light', 'dark', 'system'])
})
