import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { httpsRecordOffersHttp3 } from '@streamgauge/agent/net/https_record.ts'

/** A name server that gives `rdata` as the HTTPS record of every name, or says nothing; by hand, RFC 1035 §4. */
async function nameServer(t: TestContext, rdata: string | null, rcode = 0) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const asked: string[] = []
  socket.on('message', (query, from) => {
    asked.push(nameIn(query))
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(0x8180 | rcode, 2)
    header.writeUInt16BE(rdata === null ? 0 : 1, 6)
    header.writeUInt16BE(0, 10)
    const data = Buffer.from((rdata ?? '').replace(/\s/g, ''), 'hex')
    const record = Buffer.from('c00c0041000100000e10' + '0000', 'hex')
    record.writeUInt16BE(data.length, 10)
    const question = query.subarray(12, 12 + query.subarray(12).indexOf(0) + 5)
    const answer = rdata === null ? [] : [record, data]
    socket.send(Buffer.concat([header, question, ...answer]), from.port, from.address)
  })
  return { server: `127.0.0.1:${socket.address().port}`, asked }
}

function nameIn(query: Buffer): string {
  const labels: string[] = []
  for (let at = 12; query.readUInt8(at) !== 0; at += 1 + query.readUInt8(at))
    labels.push(query.toString('latin1', at + 1, at + 1 + query.readUInt8(at)))
  return labels.join('.')
}

/** Priority 1, target `.`, and the ALPN ids h2 and h3. */
const H2_H3 = '0001 00 0001 0006 02 6832 02 6833'
/** RFC 9460, appendix D.2, figure 9: priority 16, foo.example.org., mandatory, alpn=h2,h3-19, an address hint. */
const DRAFT_ONLY =
  '0010 03666f6f076578616d706c65036f726700 0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201'
/** RFC 9460, appendix D.1: an alias to foo.example.com. */
const ALIAS = '0000 03666f6f076578616d706c6503636f6d00'

for (const [what, rdata, offered] of [
  ['h3 among the ALPN ids offers HTTP/3', H2_H3, true],
  ['a draft of HTTP/3 does not', DRAFT_ONLY, false],
  ['an alias does not by itself', ALIAS, false],
  ['a record cut short does not', '0001 00 0001 0006 02', false],
  ['no record does not', null, false],
] as const) {
  test(`an HTTPS record: ${what}`, async (t) => {
    const { server } = await nameServer(t, rdata)
    assert.equal(await httpsRecordOffersHttp3('a.example', 443, server), offered)
  })
}

test('another port than 443 is asked for under its own name, and an answer is kept', async (t) => {
  const { server, asked } = await nameServer(t, H2_H3)
  for (let i = 0; i < 3; i++) await httpsRecordOffersHttp3('b.example', 8443, server)
  assert.deepEqual(asked, ['_8443._https.b.example'])
})

test('a name that does not exist offers nothing; a name server that fails says nothing', async (t) => {
  const none = await nameServer(t, null, 3)
  assert.equal(await httpsRecordOffersHttp3('c.example', 443, none.server), false)
  const fails = await nameServer(t, null, 2)
  assert.equal(await httpsRecordOffersHttp3('c.example', 443, fails.server), null)
})
