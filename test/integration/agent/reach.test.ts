import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createCleartext, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Reach } from '@streamgauge/agent/probe/reach.ts'
import { Recording } from '@streamgauge/agent/probe/recording.ts'
import { probe, type RunOptions } from '@streamgauge/agent/probe/run.ts'
import { makeGet } from '@streamgauge/agent/pull/request.ts'
import type { Target } from '@streamgauge/contract'
import { fromCmcdHeaders, validateCmcdHeaders } from '@svta/cml-cmcd'
import { type Certificate, makeCertificate } from '../../support/certificate.ts'
import { flvHeader, flvMedia, joined } from '../../support/flv.ts'
import { aTarget } from '../../support/measurement.ts'

const options: RunOptions = {
  agent_id: 'agent-1',
  kind: 'stream',
  duration_ms: 1_000,
  policy: { start_ms: 1_000, resume_ms: 1_000 },
  pair: null,
}

interface Site {
  readonly origin: string
  readonly port: number
  readonly certificate: Certificate
  /** Every request, in order. */
  readonly asked: IncomingMessage[]
  /** Connections made so far. */
  connections: number
}

/** Two seconds of media at once, then nothing: enough to start. */
const MEDIA = joined([flvHeader(), ...flvMedia(0, 2_000)])

type Answer = (request: IncomingMessage, response: ServerResponse, site: Site) => void

/** An HTTPS server (HTTP/1.1) made of Node's own; anything it does not redirect is two seconds of FLV, left open. */
async function aSite(t: TestContext, answer: Answer, tls = true): Promise<Site> {
  const certificate = await makeCertificate(['localhost', '127.0.0.1', 'stream.example.test'])
  const site: Site = { origin: '', port: 0, certificate, asked: [], connections: 0 }
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    site.asked.push(request)
    answer(request, response, site)
  }
  const server: Server & { closeAllConnections(): void } = tls
    ? createServer(certificate, handle)
    : createCleartext(handle)
  server.on('connection', () => site.connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(site, { port, origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}` })
}

const media: Answer = (_, response) => void response.writeHead(200).write(MEDIA)
const redirect = (status: number, location: string) => (response: ServerResponse) =>
  void response.writeHead(status, { location }).end('moved')

function targetOf(site: Site, overrides: Partial<Target> = {}): Target {
  return aTarget({ url: `${site.origin}/live/test.flv`, insecure: true, ...overrides })
}

test('a redirect to another host is followed; the phases are the last host’s, and what came before is its own', async (t) => {
  const node = await aSite(t, media)
  const dispatcher = await aSite(t, (_, response) => {
    // Long enough to tell it from everything else on loopback.
    setTimeout(() => redirect(302, `${node.origin}/live/there.flv`)(response), 200)
  })
  const m = await probe(targetOf(dispatcher), options)
  assert.equal(m.failure_code, null)
  assert.equal(m.redirect_count, 1)
  assert.equal(m.http_status, 200)
  assert.deepEqual([dispatcher.connections, node.connections, node.asked[0]?.url], [1, 1, '/live/there.flv'])
  assert.ok(m.redirect_ms !== null && m.redirect_ms >= 200, 'waiting for the dispatcher is in redirect_ms')
  assert.ok(m.ttfb_ms !== null && m.ttfb_ms < 200, 'and not in ttfb_ms')
  assert.ok(
    m.first_frame_ms !== null && m.first_frame_ms >= m.redirect_ms + m.ttfb_ms - 1,
    'the viewer waits for both',
  )
  assert.ok(m.handshake_ms !== null && m.handshake_ms <= m.ttfb_ms)
})

test('redirects on one host go over one connection, and are told apart from the wait for the answer', async (t) => {
  const site = await aSite(t, (request, response, own) => {
    if (request.url === '/live/test.flv') setTimeout(() => redirect(301, '/a')(response), 150)
    else if (request.url === '/a') setTimeout(() => redirect(307, `${own.origin}/b`)(response), 150)
    else media(request, response, own)
  })
  const m = await probe(targetOf(site), options)
  assert.equal(m.failure_code, null)
  assert.deepEqual([m.redirect_count, site.connections], [2, 1])
  assert.ok(m.redirect_ms !== null && m.redirect_ms >= 300 && m.redirect_ms < 500)
  assert.ok(m.ttfb_ms !== null && m.ttfb_ms < 150)
  assert.ok(m.wait_ms !== null && m.wait_ms < 150)
})

test('no redirect is a count of none and no time', async (t) => {
  const m = await probe(targetOf(await aSite(t, media)), options)
  assert.deepEqual([m.redirect_count, m.redirect_ms], [0, null])
})

for (const [what, answer, code] of [
  ['a loop', (_, r) => redirect(302, '/live/test.flv')(r), 'HTTP_STATUS'],
  ['away from TLS', (_, r) => redirect(302, 'http://127.0.0.1:9/live/test.flv')(r), 'REFUSED_BY_POLICY'],
  ['to no web address', (_, r) => redirect(302, 'file:///etc/passwd')(r), 'HTTP_PROTOCOL'],
  [
    'with a body that does not end',
    (_, r) => {
      r.writeHead(302, { location: '/x' })
      for (let i = 0; i < 40; i++) r.write(Buffer.alloc(64 * 1024))
    },
    'HTTP_PROTOCOL',
  ],
  ['without a destination', (_, r) => void r.writeHead(302).end(), 'HTTP_STATUS'],
  ['to a host that refuses', (_, r) => redirect(302, 'https://127.0.0.1:1/x.flv')(r), 'CONNECT_REFUSED'],
  ['to link-local', (_, r) => redirect(302, 'https://169.254.169.254/x.flv')(r), 'REFUSED_BY_POLICY'],
] as const satisfies readonly (readonly [string, Answer, string])[]) {
  test(`a redirect ${what} is ${code}`, async (t) => {
    const m = await probe(targetOf(await aSite(t, answer)), options)
    assert.equal(m.failure_code, code)
    assert.equal(m.first_frame_ms, null)
  })
}

test('a cleartext target may be redirected to TLS', async (t) => {
  const node = await aSite(t, media)
  const site = await aSite(t, (_, response) => redirect(308, `${node.origin}/x.flv`)(response), false)
  const m = await probe(targetOf(site), options)
  assert.deepEqual([m.failure_code, m.redirect_count, m.tls_version], [null, 1, '1.3'])
})

test('the target’s headers go with every request; credentials and the host’s name stay on the target’s own host', async (t) => {
  const node = await aSite(t, media)
  const site = await aSite(t, (_, response) => redirect(302, `${node.origin}/x.flv`)(response))
  const headers = {
    host: 'stream.example.test',
    referer: 'https://player.example/',
    authorization: 'Bearer secret',
    cookie: 'a=1',
    connection: 'upgrade',
  }
  await probe(targetOf(site, { headers }), options)
  const [first, second] = [site.asked[0]?.headers, node.asked[0]?.headers]
  assert.deepEqual(
    [first?.host, first?.referer, first?.authorization, first?.cookie],
    ['stream.example.test', 'https://player.example/', 'Bearer secret', 'a=1'],
  )
  assert.notEqual(first?.connection, 'upgrade')
  assert.deepEqual(
    [second?.host, second?.referer, second?.authorization, second?.cookie],
    [`127.0.0.1:${node.port}`, 'https://player.example/', undefined, undefined],
  )
})

test('one node can be probed by its address under the public name', async (t) => {
  const site = await aSite(t, media)
  const url = `https://stream.example.test:${site.port}/live/test.flv`
  const ca_pem = site.certificate.cert
  const m = await probe(targetOf(site, { url, ca_pem, insecure: false, address: '127.0.0.1' }), options)
  assert.equal(m.failure_code, null)
  assert.deepEqual([m.server_ip, m.dns_ms], ['127.0.0.1', null])
  assert.equal(site.asked[0]?.headers.host, `stream.example.test:${site.port}`)
})

test('the name on the certificate may be another than the URL’s', async (t) => {
  const site = await aSite(t, media)
  const own = { ca_pem: site.certificate.cert, insecure: false }
  const right = await probe(targetOf(site, { ...own, server_name: 'stream.example.test' }), options)
  assert.equal(right.failure_code, null)
  const wrong = await probe(targetOf(site, { ...own, server_name: 'other.example.test' }), options)
  assert.equal(wrong.failure_code, 'TLS_CERTIFICATE')
})

test('CMCD headers are sound, carry the measurement’s id, and are off unless asked for', async (t) => {
  const site = await aSite(t, media)
  const m = await probe(targetOf(site, { cmcd: true }), options)
  await probe(targetOf(site), options)
  const [on, off] = site.asked.map((request) =>
    Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('cmcd-'))),
  )
  assert.deepEqual(off, {})
  assert.deepEqual(validateCmcdHeaders(new Headers(on as Record<string, string>)).issues, [])
  const data = fromCmcdHeaders(new Headers(on as Record<string, string>))
  assert.deepEqual([data.sid, data.cid, data.st, data.su], [m.measurement_id, 'test', 'l', true])
})

test('an answer over TCP that names HTTP/3 advertises it; one that names a draft does not', async (t) => {
  const saying = (altSvc: string) =>
    aSite(t, (_, r) => void r.writeHead(200, { 'alt-svc': altSvc }).write(MEDIA))
  const advertised = async (altSvc: string) =>
    (await probe(targetOf(await saying(altSvc)), options)).http3_advertised
  assert.equal(await advertised('h2="x:1", h3=":443"; ma=86400'), 'alt-svc')
  assert.equal(await advertised('h3-29=":443"; ma=86400'), 'none')
  assert.equal(await advertised('clear'), 'none')
})

test('over HTTP/1.1 requests to one host wait for their turn, on the target’s own host and on others', async (t) => {
  let under = 0
  let most = 0
  const other = await aSite(t, (_, response) => {
    most = Math.max(most, ++under)
    setTimeout(() => {
      under--
      response.end('x')
    }, 30)
  })
  const signal = AbortSignal.timeout(5_000)
  const run = new Recording('2026-11-22T00:00:00.000Z')
  const target = targetOf(other)
  const reach = new Reach(target, new URL(target.url), run, signal, { duration_ms: 5_000, resume: null })
  const get = makeGet(target, run, reach, signal)
  await Promise.all([1, 2, 3, 4].map((n) => get(new URL(`${other.origin}/${n}`), () => {})))
  reach.close()
  assert.deepEqual([other.asked.length, other.connections, most], [4, 1, 1])
})

test('a signed target is asked for with its signature', async (t) => {
  const site = await aSite(t, media)
  await probe(targetOf(site, { sign: { scheme: 'tencent', key: 'k' } }), options)
  assert.match(site.asked[0]?.url ?? '', /^\/live\/test\.flv\?txSecret=[0-9a-f]{32}&txTime=[0-9A-F]{8}$/)
})
