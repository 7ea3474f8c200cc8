import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The autonomous system an address is announced by, and its registered name. */
export interface Network {
  readonly asn: number
  readonly as_name: string
}

const V4 = fileURLToPath(import.meta.resolve('@ip-location-db/asn/asn-ipv4-num.csv'))
const V6 = fileURLToPath(import.meta.resolve('@ip-location-db/asn/asn-ipv6-num.csv'))
const NEWLINE = 10
const COMMA = 44

/** Ranges in order, by their ends; `T` is a number for IPv4, a bigint for IPv6. */
interface Ranges<T> {
  readonly starts: ArrayLike<T>
  readonly ends: ArrayLike<T>
  readonly asns: Uint32Array
}

/** Which network announces an address: RouteViews and DB-IP, as shipped in @ip-location-db/asn. About 20 MB in memory. */
export class AsnRanges {
  readonly #v4: Ranges<number>
  readonly #v6: Ranges<bigint>
  readonly #names = new Map<number, string>()

  constructor() {
    const v4 = this.#read(V4, Number)
    this.#v4 = { ...v4, starts: Uint32Array.from(v4.starts), ends: Uint32Array.from(v4.ends) }
    this.#v6 = this.#read(V6, BigInt)
  }

  /** `bytes`: 4 or 16. `null`: nobody announces it. */
  find(bytes: readonly number[]): Network | null {
    const asn = bytes.length === 4 ? find(this.#v4, numberOf(bytes)) : find(this.#v6, bigintOf(bytes))
    return asn === null ? null : { asn, as_name: this.#names.get(asn) ?? '' }
  }

  /** The registered name of an autonomous system; `null`: it announces nothing. */
  nameOf(asn: number): string | null {
    return this.#names.get(asn) ?? null
  }

  /** Lines are `start,end,asn,name`, the name perhaps in quotes. The text is taken apart as bytes: no string of it is kept but names. */
  #read<T>(path: string, parse: (digits: string) => T) {
    const bytes = readFileSync(path)
    const starts: T[] = []
    const ends: T[] = []
    const asns: number[] = []
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, at)
      const lineEnd = newline < 0 ? bytes.length : newline
      const first = bytes.indexOf(COMMA, at)
      const second = bytes.indexOf(COMMA, first + 1)
      const third = bytes.indexOf(COMMA, second + 1)
      if (first < 0 || third < 0 || third > lineEnd) break
      const asn = Number(bytes.toString('latin1', second + 1, third))
      starts.push(parse(bytes.toString('latin1', at, first)))
      ends.push(parse(bytes.toString('latin1', first + 1, second)))
      asns.push(asn)
      if (!this.#names.has(asn)) this.#names.set(asn, unquoted(bytes.toString('utf8', third + 1, lineEnd)))
      at = lineEnd + 1
    }
    return { starts, ends, asns: Uint32Array.from(asns) }
  }
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
}

/** The last range that does not start behind the address, if the address is in it. */
function find<T extends number | bigint>({ starts, ends, asns }: Ranges<T>, address: T): number | null {
  let [low, high] = [0, asns.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as T) <= address) low = middle + 1
    else high = middle - 1
  }
  const end = ends[high]
  return end !== undefined && address <= end ? (asns[high] ?? null) : null
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

function bigintOf(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}
