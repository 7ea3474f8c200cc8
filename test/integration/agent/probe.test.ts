import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { probe, type RunOptions } from '@streamgauge/agent/probe/run.ts'
import { Measurement, type Target } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { makeCertificate } from '../../support/certificate.ts'
import { flvHeader, flvMedia, joined } from '../../support/flv.ts'
import { aTarget } from '../../support/measurement.ts'
import { type Answer, closedPort, serveScript } from '../../support/server.ts'

const isMeasurement = Compile(Measurement)

const options: RunOptions = {
  agent_id: 'agent-1',
  kind: 'stream',
  duration_ms: 2_500,
  policy: { start_ms: 1_000, resume_ms: 1_000 },
  pair: null,
}

/** Every way to ask: the transport and the HTTP version it must come out as. */
const WAYS = [
  { transport: 'tcp', http_version: '1.1' },
  { transport: 'tcp', http_version: '2' },
  { transport: 'quic', http_version: '3' },
] as const

async function run(target: Partial<Target>, overrides: Partial<RunOptions> = {}): Promise<Measurement> {
  const measurement = await probe(aTarget(target), { ...options, ...overrides })
  const errors = [...isMeasurement.Errors(measurement)].map(
    (error) => `${error.instancePath} ${error.message}`,
  )
  assert.deepEqual(errors, [], 'the record fits its schema')
  return measurement
}

/** A second of media at once, then real time; `pause` stops it between two moments. */
function live(answer: Answer, pause?: { from_ms: number; to_ms: number }): () => void {
  answer.write(joined([flvHeader(), ...flvMedia(0, 1_000)]))
  const started = performance.now()
  let sent = 1_000
  const timer = setInterval(() => {
    const now = performance.now() - started
    if (pause && now >= pause.from_ms && now < pause.to_ms) return
    while (sent < now + 1_000) {
      answer.write(joined(flvMedia(sent, 100)))
      sent += 100
    }
  }, 20)
  const stop = () => clearInterval(timer)
  answer.onGone(stop)
  return stop
}

function answered(answer: Answer, status: number, text = 'x'): void {
  answer.status(status)
  answer.write(text)
  answer.end()
}

for (const { transport, http_version } of WAYS) {
  const name = `HTTP/${http_version}`
  const targetAt = (port: number, path: string, ca_pem: string | null): Partial<Target> => ({
    url: `https://127.0.0.1:${port}${path}`,
    transport,
    http_version,
    ca_pem,
  })

  test(`${name}: a live stream plays to the deadline, with every phase in its order`, async (t) => {
    const server = await serveScript(t, (_, answer) => live(answer))
    const m = await run(targetAt(server.port, '/live.flv', server.certificate.cert))
    assert.deepEqual(
      [m.failure_code, m.http_version, m.http_status, m.tls_version],
      [null, http_version, 200, '1.3'],
    )
    assert.ok(m.handshake_ms && m.wait_ms !== null && m.ttfb_ms && m.first_frame_ms && m.startup_ms)
    assert.ok(
      m.handshake_ms <= m.ttfb_ms && m.ttfb_ms <= m.first_frame_ms && m.first_frame_ms <= m.startup_ms,
    )
    assert.equal(m.connect_ms === null, transport === 'quic')
    assert.equal(m.tls_ms === null, transport === 'quic')
    assert.equal(m.stall_ms, 0)
    // Startup, playing and stalling fill the whole run.
    assert.ok(Math.abs((m.startup_ms ?? 0) + (m.played_ms ?? 0) - m.wall_ms) < 1)
    assert.ok(m.rtt_ms !== null && m.rtt_ms > 0)
    assert.equal(m.resumed, false)
  })

  test(`${name}: a stream that pauses longer than the buffer lasts stalls that long`, async (t) => {
    // Media runs 1,000 ms ahead. Nothing comes from 500 to 2,500 ms; what was sent by then (1,500 ms) lasts
    // until 1,500 ms, and one second more is needed to resume, which the catch-up at 2,500 ms brings at once.
    const server = await serveScript(t, (_, answer) => live(answer, { from_ms: 500, to_ms: 2_500 }))
    const m = await run(targetAt(server.port, '/live.flv', server.certificate.cert), { duration_ms: 3_500 })
    assert.equal(m.stall_count, 1)
    assert.ok(Math.abs((m.stall_ms ?? 0) - 1_000) < 150, `${m.stall_ms} ms`)
    assert.equal(m.failure_code, null)
  })

  test(`${name}: a live stream that ends before the run has failed its viewers`, async (t) => {
    const server = await serveScript(t, (_, answer) => {
      const stop = live(answer)
      setTimeout(() => {
        stop()
        answer.end()
      }, 1_200)
    })
    const m = await run(targetAt(server.port, '/short.flv', server.certificate.cert))
    assert.deepEqual([m.failure_code, m.failure_source], ['STALLED_OUT', 'target'])
    assert.ok(m.played_ms && m.played_ms > 900)
  })

  test(`${name}: a stream that breaks off is RESET`, async (t) => {
    const server = await serveScript(t, (_, answer) => {
      const stop = live(answer)
      setTimeout(() => {
        stop()
        answer.reset()
      }, 1_200)
    })
    const m = await run(targetAt(server.port, '/reset.flv', server.certificate.cert))
    assert.equal(m.failure_code, 'RESET')
    assert.ok(m.played_ms && m.played_ms > 900)
  })

  for (const [what, script, code] of [
    ['a status other than 200', (a: Answer) => answered(a, 404), 'HTTP_STATUS'],
    ['garbage', (a: Answer) => answered(a, 200, '<html>no stream here</html>'), 'MEDIA_INVALID'],
    ['an empty answer', (a: Answer) => a.end(), 'MEDIA_EMPTY'],
    ['a header and no frames', (a: Answer) => a.write(flvHeader()), 'MEDIA_EMPTY'],
    [
      'too little media to start',
      (a: Answer) => a.write(joined([flvHeader(), ...flvMedia(0, 500)])),
      'TIMEOUT',
    ],
    ['no answer at all', () => {}, 'TIMEOUT'],
  ] as const) {
    test(`${name}: ${what} is ${code}`, async (t) => {
      const server = await serveScript(t, (_, answer) => void script(answer))
      const m = await run(targetAt(server.port, '/x.flv', server.certificate.cert), { duration_ms: 1_500 })
      assert.equal(m.failure_code, code)
      assert.equal(m.startup_ms, null)
      assert.equal(m.stall_ms, null)
      assert.ok(m.handshake_ms)
      assert.ok(m.wall_ms < 1_800, `${m.wall_ms} ms`)
    })
  }

  test(`${name}: a certificate nobody trusts is TLS_CERTIFICATE, and --insecure goes on`, async (t) => {
    const server = await serveScript(t, (_, answer) => live(answer))
    const other = await makeCertificate()
    for (const ca of [null, other.cert]) {
      const m = await run(targetAt(server.port, '/live.flv', ca))
      assert.deepEqual([m.failure_code, m.failure_source], ['TLS_CERTIFICATE', 'target'])
      assert.equal(m.handshake_ms, null)
    }
    const trusting = { ...targetAt(server.port, '/live.flv', null), insecure: true }
    assert.equal((await run(trusting, { kind: 'connect' })).failure_code, null)
  })

  test(`${name}: a connect run stops once application data could be sent`, async (t) => {
    let asked = 0
    const server = await serveScript(t, () => void asked++)
    const m = await run(targetAt(server.port, '/', server.certificate.cert), { kind: 'connect' })
    assert.deepEqual([m.failure_code, m.kind, m.format, asked], [null, 'connect', 'none', 0])
    assert.ok(m.handshake_ms && m.wall_ms < 1_000)
    assert.deepEqual([m.ttfb_ms, m.startup_ms, m.bytes, m.stall_ms_by_policy], [null, null, null, null])
  })
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('a port where nothing listens is CONNECT_REFUSED over TCP and CONNECT_TIMEOUT over QUIC, the target to blame', async () => {
  const url = `https://127.0.0.1:${await closedPort()}/live.flv`
  const tcp = await run({ url, transport: 'tcp' })
  assert.deepEqual([tcp.failure_code, tcp.failure_source], ['CONNECT_REFUSED', 'target'])
  const quic = await run({ url, transport: 'quic' })
  assert.deepEqual([quic.failure_code, quic.failure_source], ['CONNECT_TIMEOUT', 'target'])
  assert.ok(quic.wall_ms <= 2_600)
})

test('QUIC that gets no answer where TCP does is UDP_BLOCKED, never a TCP measurement', async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.on('error', () => {})),
  )
  const m = await run({ url: `https://127.0.0.1:${port}/live.flv`, transport: 'quic' })
  assert.deepEqual([m.failure_code, m.failure_source, m.http_version], ['UDP_BLOCKED', 'path', null])
})

test('a server that takes the connection and says nothing is TIMEOUT', async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.on('error', () => {})),
  )
  const m = await run({ url: `https://127.0.0.1:${port}/live.flv` }, { duration_ms: 1_000 })
  assert.equal(m.failure_code, 'TIMEOUT')
  assert.ok(m.wall_ms < 1_200)
})

test('a server that does not speak TLS is TLS_FAILED; one that does not speak HTTP is HTTP_PROTOCOL', async (t) => {
  const plain = await listening(
    t,
    createHttpServer((_, response) => response.end()),
  )
  assert.equal((await run({ url: `https://127.0.0.1:${plain}/` })).failure_code, 'TLS_FAILED')
  const shouting = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('220 mail.example.com ESMTP\r\n')
  })
  const mail = await listening(t, shouting)
  assert.equal((await run({ url: `http://127.0.0.1:${mail}/` })).failure_code, 'HTTP_PROTOCOL')
})

test('an HTTP version the server does not offer is TLS_ALPN', async (t) => {
  const certificate = await makeCertificate()
  const port = await listening(
    t,
    createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (s) => s.on('error', () => {})),
  )
  const m = await run({ url: `https://127.0.0.1:${port}/`, http_version: '2', ca_pem: certificate.cert })
  assert.deepEqual([m.failure_code, m.failure_source], ['TLS_ALPN', 'target'])
})

test('a certificate that has expired, or names another host, is TLS_CERTIFICATE', async (t) => {
  for (const certificate of [
    await makeCertificate(['localhost', '127.0.0.1'], [-3, -1]),
    await makeCertificate(['other.example']),
  ]) {
    const server = await serveScript(t, () => {}, { certificate })
    const m = await run({ url: `https://localhost:${server.port}/`, ca_pem: certificate.cert })
    assert.equal(m.failure_code, 'TLS_CERTIFICATE')
    assert.ok(m.dns_ms !== null)
  }
})

test('TLS 1.2 is spoken and said so; cleartext has no tls_version', async (t) => {
  const certificate = await makeCertificate()
  const old = await listening(
    t,
    createTlsServer({ ...certificate, maxVersion: 'TLSv1.2' }, (s) => s.on('error', () => {})),
  )
  const over12 = await run(
    { url: `https://127.0.0.1:${old}/`, ca_pem: certificate.cert },
    { kind: 'connect' },
  )
  assert.deepEqual([over12.failure_code, over12.tls_version, over12.http_version], [null, '1.2', '1.1'])
  const plain = await listening(
    t,
    createHttpServer((_, response) => response.end()),
  )
  const clear = await run({ url: `http://127.0.0.1:${plain}/` }, { kind: 'connect' })
  assert.deepEqual([clear.failure_code, clear.tls_version, clear.tls_ms], [null, null, null])
  assert.equal(clear.handshake_ms, clear.connect_ms)
})

test('a name that does not exist is DNS_NOT_FOUND or DNS_TIMEOUT, the resolver to blame', async () => {
  const m = await run({ url: 'https://no-such-host.invalid/live.flv' })
  assert.ok(m.failure_code === 'DNS_NOT_FOUND' || m.failure_code === 'DNS_TIMEOUT', String(m.failure_code))
  assert.equal(m.failure_source, 'resolver')
})

test('addresses nobody serves a stream from are REFUSED_BY_POLICY before a packet is sent', async () => {
  for (const host of ['169.254.169.254', '0.0.0.0', '224.0.0.1', '[fe80::1]']) {
    const m = await run({ url: `http://${host}/latest/meta-data` })
    assert.deepEqual([m.failure_code, m.failure_source, m.connect_ms], ['REFUSED_BY_POLICY', 'agent', null])
  }
})

test('a format the agent does not play, and cleartext QUIC, are REFUSED_BY_POLICY', async (t) => {
  const server = await serveScript(t, () => {})
  const url = `https://127.0.0.1:${server.port}/`
  const format = await run({ url, format: 'none', ca_pem: server.certificate.cert })
  assert.equal(format.failure_code, 'REFUSED_BY_POLICY')
  const cleartext = await run({ url: 'http://127.0.0.1:1/live.flv', transport: 'quic' })
  assert.equal(cleartext.failure_code, 'REFUSED_BY_POLICY')
})

test('a QUIC server that validates addresses first is seen to, and one that does not is not', async (t) => {
  for (const retry of [true, false]) {
    const server = await serveScript(t, () => {}, { retry })
    const url = `https://127.0.0.1:${server.port}/`
    const m = await run({ url, transport: 'quic', ca_pem: server.certificate.cert }, { kind: 'connect' })
    assert.deepEqual([m.failure_code, m.retry], [null, retry])
  }
})

test('QUIC connect time is a round trip at least and the run at most, also after sessions were closed', async (t) => {
  const server = await serveScript(t, () => {})
  const url = `https://127.0.0.1:${server.port}/`
  for (let i = 0; i < 4; i++) {
    const m = await run({ url, transport: 'quic', ca_pem: server.certificate.cert }, { kind: 'connect' })
    // A handshake takes one round trip at least, and the run is longer than its handshake.
    assert.ok(m.handshake_ms && m.rtt_min_ms && m.rtt_min_ms <= m.handshake_ms && m.handshake_ms <= m.wall_ms)
  }
})
