import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { Answerer } from '@streamgauge/collector/dns/answerer.ts'
import { Limiter } from '@streamgauge/collector/dns/limiter.ts'
import { readQuery } from '@streamgauge/collector/dns/query.ts'
import type { DnsRules } from '@streamgauge/collector/dns/rules.ts'
import { networkOf, prefixOf, readSubnet, scopeOf } from '@streamgauge/collector/dns/subnet.ts'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import type { SteeringCell } from '@streamgauge/contract'
import { decode, encode } from 'dns-packet'
import { cellsOf, configWith } from '../../support/dns.ts'
import { faultIn, garbage } from '../../support/dns_garbage.ts'

const rulesOf = (dns: string): DnsRules => {
  const rules = parseConfig(configWith(dns), 'test.yaml').dns
  assert.ok(rules)
  return rules
}
const LEAST = '{zone: live.example.com, name_servers: [{name: ns.example.net}]}'
const A_QUERY = encode({ id: 7, questions: [{ type: 'A', name: 'main.live.example.com' }] })

function answering(dns: string, cells: readonly SteeringCell[], stale = false) {
  const config = parseConfig(configWith(dns), 'test.yaml')
  assert.ok(config.dns)
  const locator = new Locator(config.overrides, { asn: null, country: null })
  const decided = {
    cellOf: (country: string | null, isp: string | null) =>
      cells.find((cell) => cell.country === country && cell.isp === isp) ?? cells.at(-1) ?? null,
    freshness: { stale },
  }
  return new Answerer({ rules: config.dns, decided, locator })
}

test('what a configuration has wrong is named', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [
      '{zone: live..example, name_servers: [{name: ns.a}]}',
      /steering\.dns\.zone: 'live\.\.example' is no name/,
    ],
    [
      '{zone: live.example.com, name_servers: [{name: ns.live.example.com}]}',
      /name_servers\[0\]: 'ns\.live\.example\.com' is in the zone itself, so give its addresses/,
    ],
    [
      '{zone: live.example.com, name_servers: [{name: ns.a, addresses: [192.0.2.300]}]}',
      /name_servers\[0\]\.addresses: '192\.0\.2\.300' is no address/,
    ],
    [
      '{zone: cdn.example, name_servers: [{name: ns.a}]}',
      /'sto' has no address, and the URL of target 'sto-tcp' is in the zone itself/,
    ],
    [
      '{zone: a.b, name_servers: [{name: ns.a}], names: [{name: x, stream_id: nothing}]}',
      /names\[0\]\.stream_id: no target has the stream 'nothing'/,
    ],
    [
      '{zone: a.b, name_servers: [{name: ns.a}], names: [{name: x, stream_id: main}, {name: X, stream_id: main}]}',
      /names\[1\]: 'x\.a\.b' is there twice/,
    ],
    [
      '{zone: a.b, name_servers: [{name: main.a.b, addresses: [192.0.2.1]}]}',
      /'main\.a\.b' is a name server: say under names how stream 'main' is called/,
    ],
    [
      '{zone: a.b, name_servers: [{name: ns.a}], nodes: [{node_id: x, addresses: [192.0.2.1]}]}',
      /no node 'x'/,
    ],
    [
      '{zone: a.b, name_servers: [{name: ns.a}], client_subnet: [everybody]}',
      /client_subnet\[0\]: 'everybody'/,
    ],
    ['{zone: a.b, name_servers: []}', /steering\.dns\.name_servers/],
  ]
  for (const [dns, message] of refused)
    assert.throws(() => parseConfig(configWith(dns), 'test.yaml'), message, dns)
  assert.throws(
    () => parseConfig(configWith(LEAST).replace('steering:', 'steering:\n  mode: "off"'), 'test.yaml'),
    /with mode off there is nothing to answer/,
  )
})

test('a node is told by the addresses given for it, of its target, or in its URL, or else by the name there', () => {
  const { streams, ttl_s, rate_per_s, port } = rulesOf(
    '{zone: Live.Example.com., name_servers: [{name: ns.example.net}], nodes: [{node_id: fra, addresses: ["2001:DB8::1"]}]}',
  )
  assert.deepEqual([ttl_s, rate_per_s, port], [20, 200, 53])
  assert.deepEqual([...streams.keys()], ['main.live.example.com', 'side.live.example.com'])
  const main = streams.get('main.live.example.com')
  assert.deepEqual(main?.get('fra'), { ipv4: [], ipv6: ['2001:db8::1'], host: null })
  assert.deepEqual(main?.get('sin'), { ipv4: ['192.0.2.20'], ipv6: [], host: null })
  assert.deepEqual(main?.get('sto'), { ipv4: [], ipv6: [], host: 'sto.cdn.example' })
  assert.deepEqual(rulesOf(LEAST).streams.get('main.live.example.com')?.get('fra'), {
    ...{ ipv4: ['192.0.2.10'], ipv6: ['2001:db8::10'], host: null },
  })
})

test('what is no query is answered with its header or not at all', () => {
  assert.equal(readQuery(Buffer.alloc(11)), null, 'no header')
  const answer = Buffer.from(A_QUERY)
  answer[2] = 0x80
  assert.equal(readQuery(answer), null, 'an answer')
  const rcodeOf = (change: (message: Buffer) => Buffer | undefined) => {
    const message = Buffer.from(A_QUERY)
    const query = readQuery(change(message) ?? message)
    return query !== null && 'rcode' in query ? query.rcode : null
  }
  const setting = (at: number, value: number) =>
    rcodeOf((message) => {
      message[at] = value
      return message
    })
  assert.equal(setting(2, 4 << 3), 'NOTIMP', 'a notification')
  assert.equal(setting(5, 0), 'FORMERR', 'no question')
  assert.equal(setting(5, 2), 'FORMERR', 'two')
  assert.equal(setting(6, 255), 'FORMERR', '65,280 answers')
  assert.equal(setting(11, 1), 'FORMERR', 'a record that is not there')
  assert.equal(setting(12, 0xc0), 'FORMERR', 'a name that points elsewhere')
  assert.equal(
    rcodeOf((message) => message.subarray(0, -1)),
    'FORMERR',
  )
  assert.equal(
    rcodeOf((message) => Buffer.concat([message, Buffer.alloc(1)])),
    'FORMERR',
    'something behind',
  )
  assert.equal(setting(2, 0), null, 'and this is one')
})

test('a subnet is taken at its word, within what it may say', () => {
  const option = (family: number, source: number, scope: number, ...bytes: number[]) =>
    readSubnet(Buffer.from([0, family, source, scope, ...bytes]))
  const given = option(1, 24, 0, 198, 51, 100)
  assert.ok(given)
  assert.deepEqual([networkOf(given), scopeOf(given)], ['198.51.100.0', 24])
  const whole = option(1, 32, 0, 198, 51, 100, 7)
  assert.ok(whole)
  assert.deepEqual([networkOf(whole), scopeOf(whole)], ['198.51.100.0', 24], 'more is not looked at')
  const wide = option(1, 12, 0, 198, 48)
  assert.ok(wide)
  assert.deepEqual([networkOf(wide), scopeOf(wide)], ['198.48.0.0', 12])
  const six = option(2, 64, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 1, 2)
  assert.ok(six)
  assert.deepEqual([networkOf(six), scopeOf(six)], ['2001:db8:0:100::', 56])
  assert.equal(option(0, 0, 0), null, 'of nobody')
  assert.equal(option(1, 24, 24, 198, 51, 100), undefined, 'a scope in a query')
  assert.equal(option(1, 24, 0, 198, 51), undefined, 'too short')
  assert.equal(option(1, 24, 0, 198, 51, 100, 7), undefined, 'too long')
  assert.equal(option(1, 12, 0, 198, 51), undefined, 'bits behind the prefix')
  assert.equal(option(1, 33, 0, 198, 51, 100, 7, 0), undefined)
  assert.equal(option(3, 8, 0, 1), undefined, 'a family nobody knows')
})

test('one network has so many answers a second, and every other one beyond says to come over TCP', () => {
  const limiter = new Limiter(10)
  const take = (address: string, ms: number, count: number) =>
    Object.entries(
      Object.groupBy(
        Array.from({ length: count }, () => limiter.take(address, ms)),
        String,
      ),
    )
      .map(([what, all = []]) => `${what} ${all.length}`)
      .toSorted()
  assert.deepEqual(
    take('198.51.100.1', 1_000, 30),
    ['answer 20', 'drop 5', 'truncate 5'],
    'two seconds’ worth',
  )
  assert.deepEqual(take('198.51.100.2', 1_000, 2), ['drop 1', 'truncate 1'], 'the same network')
  assert.deepEqual(take('198.51.101.1', 1_000, 2), ['answer 2'], 'another')
  assert.deepEqual(take('198.51.100.2', 1_500, 6), ['answer 5', 'truncate 1'])
  for (let network = 0; network < 64; network += 1) {
    // One each: networks that share a place, by the limiter's luck, share their turns too.
    const spent = new Limiter(1)
    const all = Array.from({ length: 3 }, () => spent.take(`203.0.${network}.1`, 0))
    assert.equal(all[2], 'truncate', 'wherever a network’s place is')
  }
  assert.equal(prefixOf('2001:db8:0:1ff::1'), prefixOf('2001:db8:0:100::2'))
  assert.notEqual(prefixOf('2001:db8:0:100::1'), prefixOf('2001:db8:0:200::1'))
  const free = new Limiter(0)
  assert.ok(Array.from({ length: 1_000 }, () => free.take('::1', 0)).every((one) => one === 'answer'))
})

const asked = (answerer: Answerer, message: Buffer, transport: 'udp' | 'tcp' = 'udp') => {
  const found = answerer.answer(message, '203.0.113.9', transport)
  assert.ok(found)
  return {
    ...decode(found.message),
    rcode: found.rcode,
    bytes: found.message.length,
    truncated: found.truncated,
  }
}
const data = (answers: readonly object[] = []) => answers.map((one) => ('data' in one ? one.data : null))

test('before the first table it is SERVFAIL, and what does not depend on it is answered', () => {
  const answerer = answering(LEAST, [])
  assert.equal(asked(answerer, A_QUERY).rcode, 'SERVFAIL')
  const ns = asked(answerer, encode({ questions: [{ type: 'NS', name: 'live.example.com' }] }))
  assert.deepEqual(data(ns.answers), ['ns.example.net'])
})

test('a stale table goes on answering, for ten seconds at a time', () => {
  const ttls = (stale: boolean) =>
    asked(answering(LEAST, cellsOf('fra'), stale), A_QUERY).answers?.map((one) => 'ttl' in one && one.ttl)
  assert.deepEqual(ttls(false), [20])
  assert.deepEqual(ttls(true), [10])
})

test('several nodes are told where that is wanted: those that are well, behind the first, whatever that is', () => {
  const two = LEAST.replace('}]}', '}], nodes_count: 2}')
  assert.deepEqual(data(asked(answering(LEAST, cellsOf('fra', 'sin')), A_QUERY).answers), ['192.0.2.10'])
  assert.deepEqual(data(asked(answering(two, cellsOf('fra', 'sin')), A_QUERY).answers), [
    '192.0.2.10',
    '192.0.2.20',
  ])
  assert.deepEqual(data(asked(answering(two, cellsOf('fra', 'SIN')), A_QUERY).answers), ['192.0.2.10'], 'ill')
  assert.deepEqual(data(asked(answering(two, cellsOf('FRA', 'sin')), A_QUERY).answers), [
    '192.0.2.10',
    '192.0.2.20',
  ])
  assert.deepEqual(data(asked(answering(two, cellsOf('sto', 'sin')), A_QUERY).answers), ['sto.cdn.example'])
  const aaaa = encode({ questions: [{ type: 'AAAA', name: 'main.live.example.com' }] })
  const none = asked(answering(two, cellsOf('sin', 'fra')), aaaa)
  assert.deepEqual(
    [none.rcode, none.answers?.length, none.authorities?.length],
    ['NOERROR', 0, 1],
    'not the next best',
  )
  const side = encode({ questions: [{ type: 'A', name: 'side.live.example.com' }] })
  assert.deepEqual(
    data(asked(answering(two, cellsOf('fra', 'sin')), side).answers),
    ['192.0.2.21'],
    'not on fra',
  )
  assert.equal(asked(answering(two, cellsOf('fra')), side).rcode, 'SERVFAIL', 'on none of its nodes')
})

test('what is too large for the way it came is cut off whole, and what cannot be forged is not', () => {
  const addresses = Array.from({ length: 16 }, (_, index) => `"2001:db8::${index + 1}"`).join(', ')
  const nodes = ['fra', 'sin'].map((node) => `{node_id: ${node}, addresses: [${addresses}]}`).join(', ')
  const answerer = answering(LEAST.replace('}]}', `}], nodes: [${nodes}]}`), cellsOf('fra'))
  const question = { type: 'AAAA', name: 'main.live.example.com' } as const
  const plain = encode({ questions: [question] })
  // 12 of the header, 27 of the question, 16 times 28.
  assert.deepEqual([asked(answerer, plain).bytes, asked(answerer, plain).truncated], [487, false])
  const more = answering(
    LEAST.replace(
      '}]}',
      `}], nodes_count: 2, nodes: [${nodes.replaceAll('db8::', 'db8::a').replace('db8::a', 'db8::')}]}`,
    ),
    cellsOf('fra', 'sin'),
  )
  const cut = asked(more, plain)
  assert.ok(cut.truncated && cut.flag_tc && cut.bytes === 39 && cut.answers?.length === 0)
  assert.equal(asked(more, plain, 'tcp').truncated, false)
})

test('any byte may be in a name, and comes back as it was', () => {
  const answerer = answering(LEAST, cellsOf('fra'))
  const strange = Buffer.from(
    '\0\0\0\0\0\x01\0\0\0\0\0\0\x04\xff.\0\xc3\x04LiVe\x07exAmple\x03coM\0\0\x01\0\x01',
    'latin1',
  )
  const found = answerer.answer(strange, '203.0.113.9', 'udp')
  assert.equal(found?.rcode, 'NXDOMAIN')
  assert.deepEqual(found?.message.subarray(12, strange.length), strange.subarray(12))
  // Two labels are not one with a dot in it.
  const dotted = Buffer.from(
    '\0\0\0\0\0\x01\0\0\0\0\0\0\x09main.live\x07example\x03com\0\0\x01\0\x01',
    'latin1',
  )
  assert.equal(answerer.answer(dotted, '203.0.113.9', 'udp')?.rcode, 'REFUSED')
})

test('garbage is answered with little or nothing, and every answer can be read', () => {
  const answerer = answering(LEAST, cellsOf('fra', 'sin'))
  const rcodes = new Map<string, number>()
  for (let seed = 0; seed < 30_000; seed += 1) {
    const message = garbage(seed)
    const found = answerer.answer(message, '203.0.113.9', seed % 2 === 0 ? 'udp' : 'tcp')
    const rcode = found?.rcode ?? 'silence'
    rcodes.set(rcode, (rcodes.get(rcode) ?? 0) + 1)
    if (found === null) continue
    assert.equal(faultIn(message, found.message), null, `seed ${seed}`)
    assert.doesNotThrow(() => decode(found.message), `seed ${seed}`)
    assert.equal(decode.bytes, found.message.length, `seed ${seed}`)
  }
  // Every way out was taken.
  for (const one of ['NOERROR', 'NXDOMAIN', 'REFUSED', 'FORMERR', 'NOTIMP', 'BADVERS', 'silence'])
    assert.ok((rcodes.get(one) ?? 0) > 100, `${one}: ${rcodes.get(one)}`)
})
