import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { readAddress } from '@streamgauge/collector/locate/address.ts'
import { readIsps } from '@streamgauge/collector/locate/isps.ts'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import { SHIPPED_COUNTRIES } from '@streamgauge/collector/locate/mmdb.ts'
import { AsnRanges } from '@streamgauge/collector/locate/ranges.ts'
import { Country } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { parse } from 'yaml'

const NO_FILES = { asn: null, country: null }
const ranges = new AsnRanges()
const locator = new Locator([], NO_FILES)

test('addresses are read strictly, and one within another is that one', () => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '0x7f.1.1.1',
    '1.2.3.4/8',
    'fe80::1%eth0',
    '::g',
    'localhost',
  ])
    assert.equal(readAddress(text), null, text)
  const read = (text: string) => [readAddress(text)?.text, readAddress(text)?.reserved]
  assert.deepEqual(read('8.8.8.8'), ['8.8.8.8', null])
  assert.deepEqual(read('::ffff:8.8.8.8'), ['8.8.8.8', null])
  assert.deepEqual(read('64:ff9b::8.8.8.8'), ['8.8.8.8', null])
  assert.deepEqual(read('2002:808:808::1'), ['8.8.8.8', null])
  assert.deepEqual(read('::ffff:10.1.2.3'), ['10.1.2.3', 'private'])
  assert.deepEqual(read('2001:4860:4860::8888'), ['2001:4860:4860::8888', null])
  for (const [text, kind] of [
    ['192.168.1.1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.0.1', 'linkLocal'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['224.0.0.1', 'multicast'],
    ['fd00::1', 'uniqueLocal'],
    ['0.0.0.0', 'unspecified'],
  ] as const)
    assert.deepEqual(read(text), [text, kind])
})

test('every ISP of the table is of a country, and every network of it announced and of one ISP', () => {
  const isps = readIsps()
  assert.ok(isps.length >= 200 && new Set(isps.map(({ country }) => country)).size >= 60)
  const seen = new Map<number, string>()
  for (const { country, isp, asns } of isps) {
    assert.ok(Value.Check(Country, country), `${isp}: ${country}`)
    assert.ok(typeof isp === 'string' && isp !== '' && asns.length > 0, isp)
    for (const asn of asns) {
      assert.equal(seen.get(asn), undefined, `AS${asn} is of ${seen.get(asn)} and of ${isp}`)
      seen.set(asn, isp)
      assert.notEqual(ranges.nameOf(asn), null, `AS${asn} of ${isp} announces nothing`)
    }
  }
  const names = isps.map(({ country, isp }) => `${country}/${isp}`)
  assert.equal(new Set(names).size, names.length)
})

test('the simulated world names ISPs as the table does', () => {
  const path = new URL(import.meta.resolve('@streamgauge/collector/simulate/world/countries.yaml'))
  const world: { code: string; isps: [string, number][] }[] = parse(readFileSync(path, 'utf8'))
  const byAsn = new Map(
    readIsps().flatMap(({ country, isp, asns }) => asns.map((asn) => [asn, `${country}/${isp}`])),
  )
  for (const { code, isps } of world)
    for (const [isp, asn] of isps) assert.equal(byAsn.get(asn), `${code}/${isp}`, `AS${asn}`)
})

test('well-known addresses are whose they are known to be', () => {
  const who = (ip: string) => {
    const { country, asn, isp, source, confidence } = locator.locate(ip) ?? assert.fail(ip)
    return [country, asn, isp, source, confidence]
  }
  // Resolvers that ISPs publish for their customers.
  assert.deepEqual(who('168.95.1.1'), ['TW', 3462, 'Chunghwa Telecom', 'shipped', 'high'])
  assert.deepEqual(who('194.25.0.60'), ['DE', 3320, 'Deutsche Telekom', 'shipped', 'high'])
  assert.deepEqual(who('212.27.40.240'), ['FR', 12322, 'Free', 'shipped', 'high'])
  assert.deepEqual(who('75.75.75.75'), ['US', 7922, 'Comcast', 'shipped', 'high'])
  assert.deepEqual(who('202.134.0.155'), ['ID', 7713, 'Telkom', 'shipped', 'high'])
  assert.deepEqual(who('2001:b000:168::1'), ['TW', 3462, 'Chunghwa Telecom', 'shipped', 'high'])
  // Not an ISP of the table: its registered name.
  const [country, asn, isp, source, confidence] = who('8.8.8.8')
  assert.deepEqual([country, asn, source, confidence], ['US', 15169, 'shipped', 'low'])
  assert.match(String(isp), /google/i)
  assert.equal(locator.locate('192.168.0.1')?.reserved, 'private')
  assert.equal(locator.place('192.168.0.1'), null)
  assert.equal(locator.locate('nobody'), null)
})

test('overrides win, the narrowest first; what makes no sense is refused', () => {
  const text = `locate:
  - { cidr: 10.0.0.0/8, country: TH, isp: AIS, asn: 133481 }
  - { cidr: 10.1.0.0/16, isp: our lab }
  - { cidr: "2001:db8::/32", country: SG, isp: docs }
`
  const { overrides } = parseConfig(text, 'c.yaml')
  const own = new Locator(overrides, NO_FILES)
  const who = (ip: string) => {
    const { country, asn, isp, source, confidence } = own.locate(ip) ?? assert.fail(ip)
    return [country, asn, isp, source, confidence]
  }
  assert.deepEqual(who('10.9.9.9'), ['TH', 133_481, 'AIS', 'override', 'high'])
  assert.deepEqual(who('10.1.9.9').slice(1), [null, 'our lab', 'override', 'high'])
  assert.deepEqual(who('2001:db8::5'), ['SG', null, 'docs', 'override', 'high'])
  const given = (entries: string) => () => parseConfig(`locate:\n${entries}`, 'c.yaml')
  assert.throws(
    given('  - { cidr: 10.0.0.0/40, isp: a }'),
    /locate\[0\]\.cidr: '10\.0\.0\.0\/40' is not a block/,
  )
  assert.throws(given('  - { cidr: 10.0.0.0/8, isp: a }\n  - { cidr: 10.9.0.0/8, isp: b }'), /is there twice/)
  assert.throws(given('  - { cidr: 10.0.0.0/8 }'), /says nothing of/)
  assert.throws(given('  - { cidr: 10.0.0.0/8, country: Thailand }'), /CONFIG_INVALID|country/)
})

test('a file in MaxMind’s format is believed before the shipped data; one that is cut off is refused at once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'locate-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const whole = readFileSync(SHIPPED_COUNTRIES)
  const path = join(folder, 'country.mmdb')
  writeFileSync(path, whole)
  assert.equal(new Locator([], { asn: null, country: path }).locate('168.95.1.1')?.country, 'TW')
  for (const length of [0, 1_000, whole.length >> 1, whole.length - 100]) {
    writeFileSync(path, whole.subarray(0, length))
    assert.throws(
      () => new Locator([], { asn: null, country: path }),
      { code: 'LOCATE_FILE_UNUSABLE' },
      `${length}`,
    )
  }
  assert.throws(() => new Locator([], { asn: join(folder, 'none'), country: null }), {
    code: 'LOCATE_FILE_UNUSABLE',
  })
})
