import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Target } from '@streamgauge/contract'
import { type Logged, loggedOf } from '../../support/access_log.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { freePorts, startNginx } from '../../support/nginx.ts'
import { fileOwner } from '../../support/owner.ts'
import { runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

/** Two sites at one address, told apart by name alone: certificates by SNI, answers by the host asked for. */
const STREAM = 'stream.example.test'
const OTHER = 'other.example.test'
const certificates = { stream: await makeCertificate([STREAM]), other: await makeCertificate([OTHER]) }
const [port = 0] = await freePorts(1)
const owner = fileOwner()
let log: () => Logged[] = () => []

after(() => owner.end())
before(async () => {
  if (whereIs('nginx') === null) return
  const site = (name: string, own: string, status: number) => `
    server {
      listen 127.0.0.1:${port} ssl http2; server_name ${name};
      ssl_certificate ${own}.crt; ssl_certificate_key ${own}.key;
      location / { return ${status}; }
    }`
  // Statuses that no other cause has.
  const servers = `${site(STREAM, 'stream', 418)} ${site(OTHER, 'other', 421)}`
  log = (await startNginx(owner, port, servers, certificates)).log
})

const url = `https://${STREAM}:${port}/live/live.flv`

describe('two sites at one address', { concurrency: true }, () => {
  for (const http_version of ['1.1', '2'] as const) {
    const asked = async (what: string, overrides: Partial<Target>) => {
      const run = `${http_version} ${what}`
      const { headers, ...others } = overrides
      const m = await runOf({
        ...{ url, http_version, address: '127.0.0.1', ca_pem: certificates.stream.cert, ...others },
        headers: { 'x-run': run, ...headers },
      })
      return { m, line: (await loggedOf(log, run, 1))[0] }
    }

    test(`HTTP/${http_version}: a public name that resolves nowhere is reached by its address`, async (t) => {
      if (!needs(t, 'nginx')) return
      const { m, line } = await asked('address', {})
      assert.deepEqual(
        [m.failure_code, m.http_status, m.server_ip, m.dns_ms],
        ['HTTP_STATUS', 418, '127.0.0.1', null],
      )
      assert.deepEqual([line?.host, line?.server_name], [STREAM, STREAM])
    })

    test(`HTTP/${http_version}: server_name is the name in TLS and on the certificate, and no other`, async (t) => {
      if (!needs(t, 'nginx')) return
      const both = { server_name: OTHER, ca_pem: certificates.other.cert }
      const { m, line } = await asked('server_name', both)
      assert.deepEqual([m.failure_code, m.http_status], ['HTTP_STATUS', 418])
      assert.deepEqual([line?.host, line?.server_name], [STREAM, OTHER])
      const distrusted = await runOf({
        ...{ url, http_version, address: '127.0.0.1' },
        ...{ server_name: OTHER, ca_pem: certificates.stream.cert },
      })
      assert.deepEqual([distrusted.failure_code, distrusted.handshake_ms], ['TLS_CERTIFICATE', null])
    })

    test(`HTTP/${http_version}: headers.host is the name asked for, and not the one in TLS`, async (t) => {
      if (!needs(t, 'nginx')) return
      const { m, line } = await asked('host', { headers: { host: OTHER } })
      assert.deepEqual([m.failure_code, m.http_status], ['HTTP_STATUS', 421])
      assert.deepEqual([line?.host, line?.server_name], [OTHER, STREAM])
    })
  }
})
