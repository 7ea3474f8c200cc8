import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { insertMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { encode } from 'dns-packet'
import { v7 as uuidV7 } from 'uuid'
import { as, build, tokens } from '../../support/collector.ts'
import { dig } from '../../support/dig.ts'
import { configWith } from '../../support/dns.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { until } from '../../support/process.ts'
import { needs } from '../../support/tool.ts'

const ZONE = 'live.example.com'
const SERVERS = `name_servers: [{name: ns1.${ZONE}, addresses: [192.0.2.53, "2001:db8::53"]}, {name: ns.example.net}]`
const COST: Record<string, Record<string, number>> = {
  'TH/AIS': { fra: 400, sin: 60, sto: 420 },
  'DE/DT': { fra: 20, sin: 1_800, sto: 800 },
}

/** A collector that answers over DNS at a free port; Germans are sent to fra, Thais to sin. */
async function answering(t: TestContext, more = '') {
  const dns = `{zone: ${ZONE}, ${SERVERS}, contact: dns.team@example.com, port: 0${more}}`
  const config = parseConfig(configWith(dns), 'test.yaml')
  const collector = await build(t, { config, roundMs: 60_000 })
  const at = Date.now()
  const runs = Object.entries(COST).flatMap(([cell, nodes]) =>
    Object.entries(nodes).flatMap(([node_id, handshake_ms]) =>
      Array.from({ length: 10 }, () => {
        const [country = '', isp = ''] = cell.split('/')
        const times = { started_at: timestamp(at), handshake_ms, startup_ms: 2 * handshake_ms }
        const sent = sentMeasurement({ agent_id: country, node_id, ...times })
        return { ...sent, country, isp, asn: null, node_country: 'ZZ', received_at: timestamp(at) }
      }),
    ),
  )
  await insertMeasurements(collector.store, runs, uuidV7())
  await collector.app.ready()
  const port = await collector.app.dns?.listen()
  assert.ok(port)
  const send = (cell: string, node_id: string | null, revision: number) =>
    collector.app.inject({
      ...{ method: 'PUT', url: `/v1/steering/overrides/${encodeURIComponent(cell)}` },
      ...{ headers: as(tokens.admin), payload: { node_id, by: 'lek', revision } },
    })
  const figures = async () =>
    (await collector.app.inject({ url: '/metrics', headers: as(tokens.admin) })).body
      .split('\n')
      .filter((line) => line.startsWith('streamgauge_dns_'))
  return { ...collector, port, send, figures }
}

const QUERY = encode({ id: 1, questions: [{ type: 'A', name: `main.${ZONE}` }] })
const framed = (message: Buffer) =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])

/** The ids of answers on a connection, as they come. */
function idsOn(socket: Socket): number[] {
  const ids: number[] = []
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      ids.push(rest.readUInt16BE(2))
      rest = rest.subarray(2 + rest.readUInt16BE(0))
    }
  })
  return ids
}

test('dig is told where its network is sent, as of that moment, and for how much of it', async (t) => {
  if (!needs(t, 'dig')) return
  const { port, send } = await answering(t)
  const ask = (...args: string[]) => dig(port, `main.${ZONE}`, ...args)
  const thai = await ask('A', '+subnet=198.51.100.0/24')
  assert.deepEqual(thai.answer, [`main.${ZONE}. 20 IN A 192.0.2.20`])
  assert.equal(thai.subnet, '198.51.100.0/24/24')
  assert.deepEqual([thai.status, thai.flags], ['NOERROR', ['qr', 'aa']])
  const whole = await ask('A', '+subnet=198.51.100.77/32')
  assert.deepEqual([whole.answer.length, whole.subnet], [1, '198.51.100.77/32/24'], 'no more than /24')
  assert.equal((await ask('A', '+subnet=198.51.0.0/16')).subnet, '198.51.0.0/16/16', 'nor than was said')
  const six = await ask('A', '+subnet=2001:db8:aa:100::/64')
  assert.deepEqual([six.answer, six.subnet], [thai.answer, '2001:db8:aa:100::/64/56'])
  // Nobody is named, so it is the resolver, in Germany.
  const german = [`main.${ZONE}. 20 IN A 192.0.2.10`]
  for (const args of [['+nosubnet'], ['+noedns'], ['+subnet=0.0.0.0/0'], ['+subnet=10.1.2.0/24']])
    assert.deepEqual((await ask('A', ...args)).answer, german, args.join())
  assert.equal((await ask('A', '+subnet=0.0.0.0/0')).subnet, '0.0.0.0/0/0')
  assert.deepEqual((await ask('AAAA')).answer, [`main.${ZONE}. 20 IN AAAA 2001:db8::10`])

  // The answer after the decision, not some time after.
  assert.equal((await send('TH/AIS', 'sto', 0)).statusCode, 200)
  const moved = await ask('A', '+subnet=198.51.100.0/24')
  assert.deepEqual(moved.answer, [`main.${ZONE}. 20 IN CNAME sto.cdn.example.`])
  assert.deepEqual((await ask('TYPE65', '+subnet=198.51.100.0/24')).answer, moved.answer)
  assert.equal((await send('TH/AIS', 'fra', 1)).statusCode, 200)
  assert.deepEqual((await ask('A', '+subnet=198.51.100.0/24')).answer, german)
  assert.deepEqual((await ask('A', '+tcp', '+subnet=198.51.100.0/24')).answer, german)
})

test('dig finds the zone, and what is not in it', async (t) => {
  if (!needs(t, 'dig')) return
  const { port, figures } = await answering(t)
  const soa = (owner: string) =>
    new RegExp(
      `^${owner}\\. 20 IN SOA ns1\\.${ZONE}\\. dns\\\\\\.team\\.example\\.com\\. \\d+ 3600 600 86400 20$`,
    )
  const apex = await dig(port, ZONE, 'SOA')
  assert.match(apex.answer[0] ?? '', soa(ZONE))
  const servers = await dig(port, ZONE, 'NS')
  assert.deepEqual(servers.answer, [`${ZONE}. 20 IN NS ns1.${ZONE}.`, `${ZONE}. 20 IN NS ns.example.net.`])
  assert.deepEqual((await dig(port, `ns1.${ZONE}`, 'AAAA')).answer, [`ns1.${ZONE}. 20 IN AAAA 2001:db8::53`])

  const absent = await dig(port, `nothing.${ZONE}`, 'A', '+subnet=198.51.100.0/24')
  assert.deepEqual([absent.status, absent.answer, absent.subnet], ['NXDOMAIN', [], '198.51.100.0/24/0'])
  assert.match(absent.authority[0] ?? '', soa(ZONE))
  const none = await dig(port, `main.${ZONE}`, 'TXT')
  assert.deepEqual([none.status, none.answer], ['NOERROR', []])
  assert.match(none.authority[0] ?? '', soa(ZONE))
  assert.equal((await dig(port, 'example.com', 'A')).status, 'REFUSED')
  assert.equal((await dig(port, `x${ZONE}`, 'A')).status, 'REFUSED', 'not at the border of a label')
  assert.equal((await dig(port, 'version.bind', 'TXT', 'CH')).status, 'REFUSED')
  assert.match((await dig(port, ZONE, 'AXFR')).text, /Transfer failed/)
  // RFC 8482: one small record for everything.
  assert.deepEqual((await dig(port, `main.${ZONE}`, 'ANY', '+notcp')).answer, [
    `main.${ZONE}. 20 IN HINFO "RFC8482" ""`,
  ])
  assert.equal((await dig(port, `main.${ZONE}`, '+opcode=UPDATE')).status, 'NOTIMP')
  assert.equal((await dig(port, `main.${ZONE}`, '+edns=1', '+noednsneg')).status, 'BADVERS')
  const signed = await dig(port, `main.${ZONE}`, '+dnssec')
  assert.match(signed.text, /EDNS: version: 0, flags: do; udp: 1232/)
  // 0x20: letters come back as they were sent.
  assert.equal((await dig(port, `mAiN.LIve.exAMPle.COM`)).question, ';mAiN.LIve.exAMPle.COM. IN A')
  const lines = await figures()
  assert.ok(
    lines.includes('streamgauge_dns_answers_total{transport="udp",rcode="NXDOMAIN"} 1'),
    lines.join('\n'),
  )
  assert.ok(lines.includes('streamgauge_dns_answers_total{transport="udp",rcode="BADVERS"} 1'))
  assert.ok(lines.includes('streamgauge_dns_answers_total{transport="tcp",rcode="REFUSED"} 1'))
})

test('what is too large for UDP is fetched over TCP; a resolver that is not believed speaks for itself', async (t) => {
  if (!needs(t, 'dig')) return
  const addresses = (from: number) =>
    Array.from({ length: 16 }, (_, index) => `"2001:db8::${(from + index).toString(16)}"`).join(', ')
  const nodes = ['fra', 'sin', 'sto'].map(
    (node, index) => `{node_id: ${node}, addresses: [${addresses(1 + 16 * index)}]}`,
  )
  const { port, figures } = await answering(
    t,
    `, nodes_count: 3, nodes: [${nodes.join(', ')}], client_subnet: [192.0.2.0/24]`,
  )
  const name = `main.${ZONE}`
  // 48 times 28 are more than 1,232, whatever is asked for.
  const cut = await dig(port, name, 'AAAA', '+ignore', '+bufsize=4096')
  assert.deepEqual([cut.flags, cut.answer], [['qr', 'aa', 'tc'], []])
  const whole = await dig(port, name, 'AAAA', '+bufsize=4096')
  assert.equal(new Set(whole.answer).size, 48)
  assert.match(whole.text, /Truncated, retrying in TCP mode/)
  const foreign = await dig(port, name, 'AAAA', '+tcp', '+subnet=198.51.100.0/24')
  assert.deepEqual([foreign.subnet, foreign.answer], [null, whole.answer])
  const lines = await figures()
  assert.ok(lines.includes('streamgauge_dns_truncated_total{reason="size"} 2'), lines.join('\n'))
})

test('queries on one connection are answered one behind the other, however they are cut; garbage ends it', async (t) => {
  const { port, figures } = await answering(t)
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  const socket = await open()
  const ids = idsOn(socket)
  const queries = Array.from({ length: 500 }, (_, id) => {
    const query = Buffer.from(QUERY)
    query.writeUInt16BE(id, 0)
    return framed(query)
  })
  const all = Buffer.concat(queries)
  for (let at = 0; at < all.length; at += 1_001) socket.write(all.subarray(at, at + 1_001))
  await until(
    async () => ids.length,
    (count) => count === 500,
    20_000,
  )
  assert.deepEqual(
    ids,
    queries.map((_, id) => id),
  )

  for (const garbage of [
    Buffer.from([0xff, 0xff]),
    Buffer.from([0, 3, 1, 2, 3]),
    framed(Buffer.alloc(20, 0x80)),
  ]) {
    const other = await open()
    other.write(garbage)
    await once(other, 'close')
  }
  const others = await Promise.all(Array.from({ length: 110 }, open))
  // One hundred of one network, of which one is the first.
  await until(
    async () => others.filter(({ closed }) => closed).length,
    (count) => count === 11,
    20_000,
  )
  const first = others.find(({ closed }) => !closed)
  assert.ok(first)
  const firstIds = idsOn(first)
  first.write(framed(QUERY))
  await until(
    async () => firstIds.length,
    (count) => count === 1,
    20_000,
  )
  const lines = await figures()
  assert.ok(lines.includes('streamgauge_dns_connections 100'), lines.join('\n'))
  assert.ok(lines.includes('streamgauge_dns_refused_connections_total 11'))
  assert.ok(lines.includes('streamgauge_dns_dropped_total{transport="tcp",reason="unanswerable"} 3'))
})

test('whoever reads no answers is asked for no questions, and has all answers once it reads', async (t) => {
  const addresses = Array.from({ length: 16 }, (_, index) => `"2001:db8::${(index + 1).toString(16)}"`).join(
    ', ',
  )
  const { port, figures } = await answering(t, `, nodes: [{node_id: fra, addresses: [${addresses}]}]`)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  const COUNT = 60_000
  const query = framed(encode({ questions: [{ type: 'AAAA', name: `main.${ZONE}` }] }))
  // 25 MB of answers: more than sockets on both sides hold.
  socket.pause()
  const some = Buffer.concat(Array.from({ length: 1_000 }, () => query))
  let sent = 0
  for (; sent < COUNT && socket.writableLength < 100_000; sent += 1_000) {
    socket.write(some)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const answered = async () => Number(/"NOERROR"\} (\d+)/.exec((await figures()).join('\n'))?.[1] ?? 0)
  let before = -1
  // Until it goes on no more.
  await until(
    async () => {
      const [last, now] = [before, await answered()]
      before = now
      return now > 0 && now === last
    },
    Boolean,
    20_000,
  )
  assert.ok(before < COUNT, `${before} answers that nobody reads`)
  const ids = idsOn(socket)
  socket.resume()
  for (; sent < COUNT; sent += 1_000) if (!socket.write(some)) await once(socket, 'drain')
  await until(
    async () => ids.length,
    (count) => count === COUNT,
    60_000,
  )
})

test('a flood in a network’s name gets a few answers, and those that ask it to come back are no larger than the question', async (t) => {
  const { port, figures } = await answering(t, ', rate_per_s: 5')
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  const sizes: number[] = []
  const truncated: number[] = []
  socket.on('message', (message) => {
    if (((message[2] ?? 0) & 2) !== 0) truncated.push(message.length)
    else sizes.push(message.length)
  })
  const sum = async (what: RegExp) =>
    (await figures()).reduce(
      (total, line) => total + (what.test(line) ? Number(line.split(' ').at(-1)) : 0),
      0,
    )
  for (let sent = 0; sent < 300; sent += 1) {
    socket.send(QUERY, port, '127.0.0.1')
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const all = /^streamgauge_dns_(answers|dropped)_total/
  await until(
    () => sum(all),
    (count) => count === 300,
    20_000,
  )
  const dropped = await sum(/dropped_total\{transport="udp",reason="limited"\}/)
  const limited = await sum(/truncated_total\{reason="limited"\}/)
  await until(
    async () => sizes.length + truncated.length,
    (count) => count === 300 - dropped,
    20_000,
  )
  assert.equal(truncated.length, limited)
  assert.ok(Math.abs(limited - dropped) <= 1, `${limited} and ${dropped}: every other one`)
  assert.ok(sizes.length >= 10 && sizes.length < 200, String(sizes.length))
  assert.ok(truncated.every((length) => length <= QUERY.length))
  // Over TCP nobody can pretend to be somebody else.
  const stream = connect(port, '127.0.0.1')
  t.after(() => stream.destroy())
  const ids = idsOn(stream)
  for (let sent = 0; sent < 50; sent += 1) stream.write(framed(QUERY))
  await until(
    async () => ids.length,
    (count) => count === 50,
    20_000,
  )
})
