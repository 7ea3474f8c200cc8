import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQuicServer } from '@currentspace/http3'
import { makeCertificate } from '../../support/certificate.ts'
import { runOf } from '../../support/run.ts'

test('a QUIC server that ends the handshake is believed: without HTTP/3 it is TLS_ALPN, not UDP_BLOCKED', async (t) => {
  const certificate = await makeCertificate()
  const server = createQuicServer({ ...certificate, alpn: ['hq-interop'], disableRetry: true })
  const { port } = await server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  const target = { url: `https://localhost:${port}/`, transport: 'quic', ca_pem: certificate.cert } as const
  const m = await runOf(target, { kind: 'connect', duration_ms: 4_000 })
  assert.deepEqual([m.failure_code, m.failure_source, m.handshake_ms], ['TLS_ALPN', 'target', null])
})
