import type { Located } from '@streamgauge/contract'
import type { Place } from '../fleet/enrich.ts'
import { readAddress } from './address.ts'
import { byAsn, type Isp, readIsps } from './isps.ts'
import { Mmdb, SHIPPED_COUNTRIES } from './mmdb.ts'
import { type Override, overrideOf } from './overrides.ts'
import { AsnRanges, type Network } from './ranges.ts'

/** Where an ISP as a name has to fit. */
const ISP_MAX_LENGTH = 128

/** The user's own files in MaxMind's format; `null`: the shipped data. */
export interface LocateFiles {
  readonly asn: string | null
  readonly country: string | null
}

/** What is shipped, read when it is first needed: half a second, some 60 MB. */
interface Shipped {
  readonly ranges: AsnRanges
  readonly countries: Mmdb
  readonly isps: ReadonlyMap<number, Isp>
}

/** Tells whose address it is. */
export class Locator {
  readonly #overrides: readonly Override[]
  readonly #asns: Mmdb | null
  readonly #countries: Mmdb | null
  #shipped: Shipped | null = null

  /** Throws `LOCATE_FILE_UNUSABLE`. */
  constructor(overrides: readonly Override[], files: LocateFiles) {
    this.#overrides = overrides
    this.#asns = files.asn === null ? null : new Mmdb(files.asn)
    this.#countries = files.country === null ? null : new Mmdb(files.country)
  }

  /** Whose address it is; `null`: it is no address. */
  locate(text: string): Located | null {
    const address = readAddress(text)
    if (address === null) return null
    const { text: ip, bytes, reserved } = address
    const nobody = {
      ip,
      reserved,
      country: null,
      asn: null,
      as_name: null,
      isp: null,
      source: null,
      confidence: null,
    }
    const known = overrideOf(this.#overrides, ip)
    if (reserved !== null && known === null) return nobody
    const { ranges, countries, isps } = this.#read()
    const own = this.#asns?.network(ip) ?? null
    const network: Network | null =
      known?.asn === undefined
        ? (own ?? (reserved === null ? ranges.find(bytes) : null))
        : { asn: known.asn, as_name: ranges.nameOf(known.asn) ?? '' }
    const country = known?.country ?? this.#countries?.country(ip) ?? countries.country(ip)
    const listed = network === null ? undefined : isps.get(network.asn)
    const isp = known?.isp ?? listed?.isp ?? (network?.as_name.slice(0, ISP_MAX_LENGTH) || null)
    const isSure = known?.isp !== undefined || (listed !== undefined && listed.country === country)
    return {
      ...nobody,
      country,
      asn: network?.asn ?? null,
      as_name: network?.as_name || null,
      isp,
      source: known !== null ? 'override' : own !== null ? 'file' : network !== null ? 'shipped' : null,
      confidence: isp === null ? null : isSure ? 'high' : 'low',
    }
  }

  /** Where somebody measures from, by the address; `null`: not known. */
  place(text: string): Place | null {
    const located = this.locate(text)
    if (located === null || (located.country === null && located.isp === null)) return null
    const { country, isp, asn } = located
    return { country: country ?? 'ZZ', isp: isp ?? 'unknown', asn }
  }

  #read(): Shipped {
    this.#shipped ??= {
      ranges: new AsnRanges(),
      countries: new Mmdb(SHIPPED_COUNTRIES),
      isps: byAsn(readIsps()),
    }
    return this.#shipped
  }
}
