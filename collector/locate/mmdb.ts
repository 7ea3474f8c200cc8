import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Reader, type Response } from 'maxmind'
import { messageOf, StartError } from '../error.ts'
import type { Network } from './ranges.ts'

/** Which country an address is registered in: IANA, RIRs and routes, as shipped in @ip-location-db/geo-whois-asn-country-mmdb. */
export const SHIPPED_COUNTRIES = fileURLToPath(
  import.meta.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'),
)

/** Any of the forms in which MMDB files say it: GeoLite2-ASN, GeoIP2-ISP, GeoLite2-Country, ip-location-db. */
interface Row {
  readonly autonomous_system_number?: unknown
  readonly autonomous_system_organization?: unknown
  readonly country_code?: unknown
  readonly country?: { readonly iso_code?: unknown }
  readonly registered_country?: { readonly iso_code?: unknown }
}

/** A file in MaxMind's format, in memory. Throws `LOCATE_FILE_UNUSABLE` when it is not there, not whole or of another kind. */
export class Mmdb {
  readonly #reader: Reader<Response>

  constructor(path: string) {
    try {
      this.#reader = new Reader<Response>(readFileSync(path))
      // What is cut off in the middle of its tree or its data says so here, not when somebody asks.
      for (const address of ['1.1.1.1', '8.8.8.8', '200.160.0.1', '223.5.5.5', '2001:4860:4860::8888'])
        this.#reader.get(address)
    } catch (error) {
      throw new StartError('LOCATE_FILE_UNUSABLE', `cannot use ${path}: ${messageOf(error)}`, error)
    }
  }

  /** The network of an address; `null`: the file does not say. */
  network(address: string): Network | null {
    const { autonomous_system_number: asn, autonomous_system_organization: name } = this.#row(address)
    if (typeof asn !== 'number') return null
    return { asn, as_name: typeof name === 'string' ? name : '' }
  }

  /** The country of an address, ISO 3166-1 alpha-2; `null`: the file does not say. */
  country(address: string): string | null {
    const row = this.#row(address)
    const code = row.country_code ?? row.country?.iso_code ?? row.registered_country?.iso_code
    return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : null
  }

  #row(address: string): Row {
    try {
      return (this.#reader.get(address) ?? {}) as Row
    } catch {
      // A damaged place of the file is a place it says nothing of.
      return {}
    }
  }
}
