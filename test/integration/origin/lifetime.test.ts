import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type OriginOptions, startOrigin } from '@streamgauge/agent/origin/origin.ts'
import { anOrigin } from '../../support/origin.ts'
import { PROGRAMS, start } from '../../support/process.ts'
import { idleConnection, VIEWERS } from '../../support/viewer.ts'

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'origin-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function options(t: TestContext, overrides: Partial<OriginOptions>): OriginOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    http_port: null,
    data_dir: folderFor(t),
    streams: ['test'],
    bitrate_bps: 2_000_000,
    gop_s: 2,
    congestion: null,
    names: [],
    ...overrides,
  }
}

for (const [name, view] of [...Object.entries(VIEWERS), ['no request', idleConnection]] as const) {
  test(`an origin closes at once under a connection with ${name}`, async (t) => {
    const origin = await anOrigin(t)
    await view(t, origin)
    const closed = origin.close().then(() => 'closed')
    const timer = AbortSignal.timeout(2_000)
    assert.equal(await Promise.race([closed, once(timer, 'abort').then(() => 'still open')]), 'closed')
  })
}

test('an origin closes at once under a player in another process that comes back when it is cut off', async (t) => {
  const origin = await anOrigin(t)
  const player = spawn(process.execPath, ['-e', PLAYER, String(origin.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => player.kill())
  await once(player.stdout, 'data')
  const closed = origin.close().then(() => 'closed')
  const timer = AbortSignal.timeout(2_000)
  assert.equal(await Promise.race([closed, once(timer, 'abort').then(() => 'still open')]), 'closed')
})

/** Asks over HTTP/2 again and again, over a new connection as soon as the old one is gone. */
const PLAYER = `
const { connect } = require('node:http2')
const come = () => {
  const session = connect('https://127.0.0.1:' + process.argv[1], { rejectUnauthorized: false })
  session.on('error', () => {})
  session.on('close', () => setImmediate(come))
  const asked = session.request({ ':path': '/live/test.flv' })
  asked.on('error', () => {})
  asked.on('data', () => process.stdout.write('.'))
}
for (let i = 0; i < 6; i++) come()`

test('a port that is taken is PORT_TAKEN, on TCP, on UDP and in the clear', async (t) => {
  const tcp = createServer().listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  t.after(() => tcp.close())
  const udp = createSocket('udp4').bind(0, '127.0.0.1')
  await once(udp, 'listening')
  t.after(() => udp.close())
  const tcpAddress = tcp.address()
  assert.ok(typeof tcpAddress === 'object' && tcpAddress !== null)
  for (const taken of [
    { port: tcpAddress.port },
    { port: udp.address().port },
    { http_port: tcpAddress.port },
  ]) {
    await assert.rejects(startOrigin(options(t, taken)), { code: 'PORT_TAKEN' })
  }
})

test('a host that is not this one is LISTEN_FAILED, and a name for this one will do', async (t) => {
  // 192.0.2.1 is for documentation (RFC 5737) and nobody's; .invalid never resolves (RFC 2606).
  for (const host of ['192.0.2.1', 'origin.invalid'])
    await assert.rejects(startOrigin(options(t, { host })), { code: 'LISTEN_FAILED' })
  const origin = await startOrigin(options(t, { host: 'localhost' }))
  await origin.close()
})

test('a folder that cannot be written and a bitrate too low are codes, not crashes', async (t) => {
  await assert.rejects(startOrigin(options(t, { data_dir: '/dev/null/origin' })), {
    code: 'DATA_DIR_UNWRITABLE',
  })
  await assert.rejects(startOrigin(options(t, { bitrate_bps: 10_000 })), { code: 'BITRATE_TOO_LOW' })
})

for (const how of ['SIGTERM', 'SIGINT', 'the end of its parent'] as const) {
  test(`the command says when it is ready, and ends with 0 within 2 s of ${how} under a viewer`, async (t) => {
    const { child, ready } = await start(t, 'agent', ['origin', '--port', '0', '--data-dir', folderFor(t)])
    assert.equal(ready.type, 'ready')
    assert.ok(typeof ready.ca_file === 'string' && typeof ready.port === 'number')
    await VIEWERS['HTTP/1.1'](t, { port: ready.port, ca_file: ready.ca_file })
    const exited = once(child, 'exit')
    if (how === 'the end of its parent') child.disconnect()
    else child.kill(how)
    const [code] = await Promise.race([exited, once(AbortSignal.timeout(2_000), 'abort')])
    assert.equal(code, 0)
  })
}

test('bad arguments end the command with 2 and one line with a code', async (t) => {
  for (const args of [
    ['--gop', '3'],
    ['--port', 'x'],
    ['--bitrate', '1000'],
    ['--congestion', 'reno'],
    ['--wat'],
  ]) {
    const child = spawn(process.execPath, [PROGRAMS.agent, 'origin', '--data-dir', folderFor(t), ...args])
    const said: Buffer[] = []
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
    const [code] = await once(child, 'close')
    assert.equal(code, 2, args.join(' '))
    assert.match(Buffer.concat(said).toString(), /^[A-Z_]+: [^\n]+\n$/, args.join(' '))
  }
})
