/**
 * Makes labelled.csv: addresses of ISPs as another source knows them. That is IPFire's location database (registries and routes seen
 * by its own probes; CC BY-SA 4.0), in Debian as libloc-database (sid); it is of August 2026.
 *
 *   apt-get install location libloc-database && location dump dump.txt
 *   node test/bench/locate/label.ts dump.txt > test/bench/locate/labelled.csv
 *
 * Two samples, drawn by seed: of each ISP sixteen addresses, so that a small ISP counts as much as a large one; and four thousand of
 * all addresses of all those ISPs, so that each counts by how many customers it can have. An ISP is found by the names of autonomous
 * systems (names.yaml), in its own country as the database has it.
 */
import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { share } from '@streamgauge/collector/simulate/random.ts'
import { parse } from 'yaml'

const ADDRESSES_PER_ISP = 16
const ADDRESSES_OF_ALL = 4_000
const SEED = 2

interface Named {
  readonly country: string
  readonly isp: string
  readonly name: string
}

interface Block {
  readonly start: number
  readonly size: number
  readonly asn: number
  readonly country: string
}

const [path = ''] = process.argv.slice(2)
const { names, blocks } = await readDump(path)
const named: readonly Named[] = parse(readFileSync(new URL('names.yaml', import.meta.url), 'utf8'))
const bySize = [...new Set(blocks.map(({ size }) => size))].sort((a, b) => a - b)
const byStart = new Map(blocks.map((block) => [`${block.start}/${block.size}`, block]))

console.log('# From libloc-database 0~20260822~0345-1, IPFire Project, CC BY-SA 4.0. See label.ts.')
console.log('sample,address,country,isp,as_name')
const isps = named.flatMap(({ country, isp, name }, index) => {
  const pattern = new RegExp(name, 'i')
  const isOf = (block: Block | undefined) =>
    block !== undefined && block.country === country && pattern.test(names.get(block.asn) ?? '')
  const own = blocks.filter(isOf)
  const total = own.reduce((sum, { size }) => sum + size, 0)
  return total === 0 ? [] : [{ index, country, isp, own, total, isOf }]
})
for (const isp of isps)
  for (let draw = 0, count = 0; count < ADDRESSES_PER_ISP && draw < 10 * ADDRESSES_PER_ISP; draw += 1)
    if (tell('isp', isp, share(SEED, isp.index, draw, 1))) count += 1
const all = isps.reduce((sum, { total }) => sum + total, 0)
for (let draw = 0, count = 0; count < ADDRESSES_OF_ALL; draw += 1) {
  let left = share(SEED, draw, 0, 2) * all
  const isp = isps.find(({ total }) => {
    left -= total
    return left < 0
  })
  if (isp !== undefined && tell('address', isp, share(SEED, draw, 0, 3))) count += 1
}

/** Writes down the address at a place, from 0 to 1, among those of an ISP, unless a narrower block in it is another's. */
function tell(
  sample: string,
  { country, isp, own, total, isOf }: (typeof isps)[number],
  place: number,
): boolean {
  const address = addressAt(own, Math.floor(place * total))
  const block = narrowest(address)
  if (block === undefined || !isOf(block)) return false
  const name = (names.get(block.asn) ?? '').replaceAll('"', "'")
  console.log([sample, dotted(address), country, isp, `"${name}"`].join(','))
  return true
}

async function readDump(file: string) {
  const names = new Map<number, string>()
  const blocks: Block[] = []
  let record: Record<string, string> = {}
  const end = () => {
    const { net, country = '', name } = record
    const asn = Number((record['aut-num'] ?? '').replace('AS', ''))
    if (net === undefined && name !== undefined) names.set(asn, name)
    const [, address, bits] = /^([\d.]+)\/(\d+)$/.exec(net ?? '') ?? []
    if (address !== undefined && asn > 0)
      blocks.push({ start: numberOf(address), size: 2 ** (32 - Number(bits)), asn, country })
    record = {}
  }
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [, key, value] = /^([a-z-]+): +(.*)$/.exec(line) ?? []
    if (line === '') end()
    else if (key !== undefined && value !== undefined) record[key] = value
  }
  end()
  return { names, blocks }
}

function addressAt(own: readonly Block[], place: number): number {
  let left = place
  for (const { start, size } of own) {
    if (left < size) return start + left
    left -= size
  }
  return 0
}

function narrowest(address: number): Block | undefined {
  for (const size of bySize) {
    const block = byStart.get(`${address - (address % size)}/${size}`)
    if (block !== undefined) return block
  }
  return undefined
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
