import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { connectAsync } from '@currentspace/http3'
import { anOrigin } from '../../support/origin.ts'

/** One QUIC connection; resolves with its ticket, and how many bytes of TLS came in Handshake packets. */
async function visit(t: TestContext, origin: { port: number; ca_pem: string }, ticket: Buffer | null) {
  const folder = mkdtempSync(join(tmpdir(), 'resumption-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const session = await connectAsync(`https://127.0.0.1:${origin.port}`, {
    ca: Buffer.from(origin.ca_pem),
    qlogDir: folder,
    qlogLevel: 'trace',
    ...(ticket !== null && { sessionTicket: ticket }),
  })
  const [given] = await once(session, 'sessionTicket')
  const closed = once(session, 'close')
  session.close()
  await closed
  const [log = ''] = readdirSync(folder)
  return { ticket: given, handshake_bytes: handshakeBytes(readFileSync(join(folder, log), 'utf8')) }
}

/** Out of a qlog in JSON text sequences (RFC 7464): a record separator, then one event a line. */
function handshakeBytes(log: string): number {
  const events = log.split('\n').map((line) => line.replace('\x1e', ''))
  return events
    .filter((line) => line.includes('"quic:packet_received"') && line.includes('"packet_type":"handshake"'))
    .flatMap((line) => JSON.parse(line).data.frames ?? [])
    .filter((frame) => frame.frame_type === 'crypto')
    .reduce((sum, frame) => sum + frame.raw.payload_length, 0)
}

test('a QUIC session is resumed every time its ticket is shown', async (t) => {
  const origin = await anOrigin(t)
  const first = await visit(t, origin, null)
  // Certificate and signature: a resumed handshake has neither (RFC 8446, 2.2).
  assert.ok(first.handshake_bytes > 500, `${first.handshake_bytes} bytes`)
  let { ticket } = first
  for (let i = 0; i < 10; i++) {
    const again = await visit(t, origin, ticket)
    assert.ok(again.handshake_bytes > 0 && again.handshake_bytes < 300, `${again.handshake_bytes} bytes`)
    ticket = again.ticket
  }
})

for (const alpn of ['h2', 'http/1.1']) {
  test(`a TLS session over TCP is resumed when its ticket is shown, with ${alpn}`, async (t) => {
    const origin = await anOrigin(t)
    const options = { host: '127.0.0.1', port: origin.port, ca: origin.ca_pem, ALPNProtocols: [alpn] }
    const first = connect(options)
    t.after(() => first.destroy())
    const [session] = await once(first, 'session')
    assert.equal(first.isSessionReused(), false)
    const again = connect({ ...options, session })
    t.after(() => again.destroy())
    await once(again, 'secureConnect')
    assert.equal(again.isSessionReused(), true)
  })
}
