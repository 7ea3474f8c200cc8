import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Measurement, Resumption, Target } from '@streamgauge/contract'
import { type Logged, loggedOf } from '../../support/access_log.ts'
import { startCaddy } from '../../support/caddy.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { flvHeader, flvMedia, joined } from '../../support/flv.ts'
import { aFolder } from '../../support/foreign.ts'
import { startGtlsserver } from '../../support/gtlsserver.ts'
import { freePorts, startNginx } from '../../support/nginx.ts'
import { fileOwner } from '../../support/owner.ts'
import { runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

/** A few seconds of FLV as a file: enough to ask for, and then the stream has ended. */
const certificate = await makeCertificate()
const owner = fileOwner()
const ports = { caddy: 0, nginx13: 0, nginx12: 0, gtlsserver: 0 }
const logs: Record<string, () => Logged[]> = {}
let receivedByGtlsserver: () => string[] = () => []

after(() => owner.end())
before(async () => {
  const files = aFolder(owner, 'flv')
  writeFileSync(join(files, 'live.flv'), joined([flvHeader(), ...flvMedia(0, 3_000)]))
  if (whereIs('caddy') !== null) {
    const caddy = await startCaddy(owner, files, certificate)
    ports.caddy = caddy.port
    logs.caddy = caddy.log
  }
  if (whereIs('nginx') !== null) {
    const [nginx13 = 0, nginx12 = 0] = await freePorts(2)
    const site = (port: number, version: string) => `
      server {
        listen 127.0.0.1:${port} ssl http2; ssl_protocols ${version};
        ssl_certificate own.crt; ssl_certificate_key own.key; location /live/ { alias ${files}/; }
      }`
    const servers = `${site(nginx13, 'TLSv1.3')} ${site(nginx12, 'TLSv1.2')}`
    const { log } = await startNginx(owner, nginx13, servers, { own: certificate })
    Object.assign(ports, { nginx13, nginx12 })
    Object.assign(logs, { nginx13: log, nginx12: log })
  }
  if (whereIs('gtlsserver') !== null) {
    const server = await startGtlsserver(owner, files, certificate)
    ports.gtlsserver = server.port
    receivedByGtlsserver = server.received
  }
})

async function run(
  server: keyof typeof ports,
  transport: Target['transport'],
  http_version: Target['http_version'],
  resumption: Resumption,
  id: string,
): Promise<Measurement> {
  const folder = server === 'gtlsserver' ? '' : '/live'
  const m = await runOf({
    // QUIC's client verifies names.
    url: `https://localhost:${ports[server]}${folder}/live.flv`,
    ...{ transport, http_version, resumption, ca_pem: certificate.cert, headers: { 'x-run': id } },
  })
  assert.equal(m.http_status, 200)
  // A file ends: as a live stream it has failed its viewers, after it was asked for and answered.
  assert.deepEqual([m.failure_code, m.http_version], ['STALLED_OUT', http_version])
  return m
}

for (const [server, program, transport, http_version, tls_version] of [
  ['caddy', 'caddy', 'tcp', '1.1', '1.3'],
  ['caddy', 'caddy', 'tcp', '2', '1.3'],
  ['caddy', 'caddy', 'quic', '3', '1.3'],
  ['nginx13', 'nginx', 'tcp', '1.1', '1.3'],
  ['nginx13', 'nginx', 'tcp', '2', '1.3'],
  ['nginx12', 'nginx', 'tcp', '1.1', '1.2'],
  ['nginx12', 'nginx', 'tcp', '2', '1.2'],
  ['gtlsserver', 'gtlsserver', 'quic', '3', '1.3'],
] as const) {
  const name = `${program} over HTTP/${http_version} and TLS ${tls_version}`
  test(`${name}: a cold run never resumes, whatever went before; a resumed one does, without early data`, async (t) => {
    if (!needs(t, program)) return
    const said: (boolean | undefined)[] = []
    for (const [resumption, resumed] of [
      ['cold', false],
      ['resumed', true],
      ['cold', false],
    ] as const) {
      const id = `${name} ${said.length}`
      const m = await run(server, transport, http_version, resumption, id)
      assert.deepEqual([m.resumed, m.zero_rtt, m.tls_version], [resumed, false, tls_version])
      if (logs[server] !== undefined) said.push((await loggedOf(logs[server], id, 1))[0]?.resumed)
    }
    // The server's own word; over QUIC Caddy's log knows nothing of TLS, and gtlsserver has none.
    if (transport === 'tcp') assert.deepEqual(said, [false, true, false])
  })
}

for (const server of ['caddy', 'gtlsserver'] as const) {
  test(`${server}: with early data the request goes out with the first packet`, async (t) => {
    if (!needs(t, server)) return
    const cold_ms: number[] = []
    const early_ms: number[] = []
    for (let i = 0; i < 3; i++) {
      const cold = await run(server, 'quic', '3', 'cold', `cold ${i}`)
      const early = await run(server, 'quic', '3', 'zero-rtt', `early ${i}`)
      assert.deepEqual([early.resumed, early.connect_ms, early.tls_ms], [true, null, null])
      cold_ms.push(cold.handshake_ms ?? 0)
      // On a busy machine the handshake may be done before the request is made: then it is said so.
      if (early.zero_rtt) early_ms.push(early.handshake_ms ?? Number.POSITIVE_INFINITY)
    }
    assert.ok(early_ms.length > 0, 'the server takes early data')
    // The best of each: a cold handshake waits for the server at least once, and this one for nobody.
    assert.ok(Math.min(...early_ms) < Math.min(...cold_ms), `${early_ms} and ${cold_ms} ms`)
    // The server's word for it.
    if (server === 'gtlsserver') assert.ok(receivedByGtlsserver().includes('0RTT'))
  })
}
