import { readFileSync } from 'node:fs'
import { Country as Code } from '@streamgauge/contract'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { CollectorError } from '../../error.ts'
import { hashOf, share } from '../random.ts'

/** A place on the map; degrees, WGS 84. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** A city where agents and nodes are. */
export interface City extends Place {
  readonly name: string
}

/** An access network of the simulated world. */
export interface Isp {
  readonly name: string
  readonly asn: number
  /** The name as it stands in ids. */
  readonly slug: string
  /** Round-trip time of the last mile when nobody else is on it. */
  readonly access_ms: number
  /** What a subscriber's line brings when nobody else is on it. */
  readonly access_bps: number
  /** 0: never crowded; 1: crowded each evening. */
  readonly crowding: number
  /** Share of its vantages that QUIC cannot leave. */
  readonly udp_blocked_ratio: number
}

/** A country of the simulated world. */
export interface Country {
  readonly code: string
  readonly utc_offset_h: number
  readonly weight: number
  readonly border_ms: number
  readonly border_loss: number
  readonly cities: readonly City[]
  readonly isps: readonly Isp[]
}

const Entry = Type.Object(
  {
    code: Code,
    utc_offset_h: Type.Number({ minimum: -12, maximum: 14 }),
    weight: Type.Integer({ minimum: 1 }),
    border_ms: Type.Number({ minimum: 0 }),
    border_loss: Type.Number({ minimum: 0 }),
    cities: Type.Array(Type.Tuple([Type.String(), Type.Number(), Type.Number()]), { minItems: 1 }),
    isps: Type.Array(Type.Tuple([Type.String(), Type.Integer()]), { minItems: 1 }),
  },
  { additionalProperties: false },
)
const validator = Compile(Type.Array(Entry, { minItems: 1 }))
const FILE = new URL('./countries.yaml', import.meta.url)

/** The countries of `countries.yaml` with what the simulator makes of their networks. Throws `WORLD_INVALID`. */
export function readCountries(): Country[] {
  const value: unknown = parse(readFileSync(FILE, 'utf8'))
  if (!validator.Check(value))
    throw new CollectorError('WORLD_INVALID', 'countries.yaml is not a list of countries')
  return value.map((entry) => ({
    ...entry,
    cities: entry.cities.map(([name, latitude, longitude]) => ({ name, latitude, longitude })),
    isps: entry.isps.map(([name, asn]) => ispOf(name, asn)),
  }))
}

/** What a network is like comes from its number, so that it stays the same whatever else is in the list. */
function ispOf(name: string, asn: number): Isp {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const key = hashOf(`${asn}`)
  const mobile = share(key, 1) < 0.25
  const blocked = share(key, 2)
  return {
    name,
    asn,
    slug,
    access_ms: mobile ? 18 + 16 * share(key, 3) : 2 + 9 * share(key, 3),
    access_bps: 1e6 * (mobile ? 14 + 20 * share(key, 4) : 30 + 90 * share(key, 4)),
    crowding: share(key, 5),
    udp_blocked_ratio: blocked < 0.04 ? 0.5 : blocked < 0.14 ? 0.08 : 0.006,
  }
}
