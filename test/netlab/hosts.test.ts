import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { type Lab, startLab } from './lab.ts'
import { across, connectionsOf, delaysMs, listening, program } from './measure/measure.ts'
import { needsLab } from './possible.ts'

/** Runs a line of JavaScript on a host, under this Node. */
async function evaluate(lab: Lab, host: string, code: string): Promise<string> {
  const { stdout, stderr } = await lab.host(host).run(process.execPath, ['-e', code])
  assert.equal(stderr, '')
  return stdout.trim()
}

const LOOK_UP = `
  const { Resolver } = require('node:dns').promises
  new Resolver({ timeout: 200, tries: 1 }).resolve4('stream.example').catch((error) => console.log(error.code))`

test('delays add up over a router, in IPv4 and in IPv6', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, {
    hosts: { agent: {}, core: { router: true }, node: {} },
    links: [
      { between: ['agent', 'core'], up: { delay_ms: 30 } },
      { between: ['core', 'node'], up: { delay_ms: 12 } },
    ],
  })
  const shipment = { count: 100, size_bytes: 100, interval_ms: 2 }
  for (const family of [4, 6] as const) {
    const delay_ms = Math.min(...delaysMs(await across(lab, 'agent', 'node', shipment, family)))
    assert.ok(delay_ms >= 42 && delay_ms < 44, `IPv${family}: ${delay_ms}`)
  }
})

test('connections of a host use the congestion control of its routes', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, {
    hosts: { agent: { congestion: 'bbr' }, node: { congestion: 'cubic' } },
    links: [{ between: ['agent', 'node'], up: { rate_bps: 20_000_000 }, down: { rate_bps: 20_000_000 } }],
  })
  const { address, port } = await listening(lab.host('node'), 'serve')
  program(lab.host('agent'), 'pull', { address, port, bytes: 1_000_000_000 })
  assert.deepEqual(await connectionsOf(lab, 'node', /^\s+(cubic|bbr|reno) /gm, 1), ['cubic'])
  assert.deepEqual(await connectionsOf(lab, 'agent', /^\s+(cubic|bbr|reno) /gm, 1), ['bbr'])
})

test('each host has names and a resolver of its own', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, {
    hosts: { agent: { nameserver: 'node', names: { 'stream.example': 'node' } }, node: {} },
    links: [{ between: ['agent', 'node'] }],
  })
  const address = (name: string) =>
    `require('node:dns').promises.lookup('${name}').then(({ address }) => console.log(address), ({ code }) => console.log(code))`
  assert.equal(await evaluate(lab, 'agent', address('node')), lab.host('node').address)
  assert.equal(await evaluate(lab, 'agent', address('stream.example')), lab.host('node').address)
  assert.equal(await evaluate(lab, 'agent', `console.log(require('node:dns').getServers()[0])`), '10.64.0.2')
  // Nothing listens on port 53 there, and the node says so; without UDP, nobody says anything.
  assert.equal(await evaluate(lab, 'agent', LOOK_UP), 'ECONNREFUSED')
  await lab.link('agent', 'node').change({ up: { drop_udp: true } })
  assert.equal(await evaluate(lab, 'agent', LOOK_UP), 'ETIMEOUT')
})

test('where UDP is dropped, TCP goes through', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, {
    hosts: { a: {}, b: {} },
    links: [{ between: ['a', 'b'], up: { drop_udp: true } }],
  })
  for (const family of [4, 6] as const)
    assert.deepEqual(await across(lab, 'a', 'b', { count: 5, size_bytes: 100, interval_ms: 1 }, family), [])
  assert.equal((await lab.link('a', 'b').counters()).up.blocked_count, 10)
  const { address, port } = await listening(lab.host('b'), 'serve')
  const [done] = await once(program(lab.host('a'), 'pull', { address, port, bytes: 100_000 }), 'message')
  assert.ok(done.elapsed_ms > 0)
})

test('a host without an address is unreachable behind a router, and silent where there is none', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, {
    hosts: { a: {}, core: { router: true }, b: {}, c: {} },
    links: [{ between: ['a', 'core'] }, { between: ['b', 'c'] }],
  })
  const connect = `
    const socket = require('node:net').connect({ host: '192.0.2.1', port: 80, timeout: 500 })
    socket.on('error', ({ code }) => console.log(code)).on('timeout', () => { console.log('silence'); socket.destroy() })`
  assert.equal(await evaluate(lab, 'a', connect), 'ENETUNREACH')
  assert.equal(await evaluate(lab, 'b', connect), 'silence')
})

test('how a program ended is told, and what is not there is refused by code', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, { hosts: { a: {} }, links: [] })
  assert.deepEqual(await lab.host('a').run('sh', ['-c', 'echo out; echo err >&2; exit 3']), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  })
  assert.equal((await lab.host('a').run('no-such-program')).code, 127)
  assert.throws(() => lab.host('z'), { code: 'NO_SUCH_HOST' })
  assert.throws(() => lab.link('a', 'a'), { code: 'NO_SUCH_LINK' })
})
