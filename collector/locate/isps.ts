import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** An ISP as people know it. */
export interface Isp {
  readonly country: string
  readonly isp: string
  readonly asns: readonly number[]
}

/** The table of `isps.yaml`. */
export function readIsps(): readonly Isp[] {
  return parse(readFileSync(new URL('isps.yaml', import.meta.url), 'utf8'))
}

/** ISPs by autonomous system. */
export function byAsn(isps: readonly Isp[]): ReadonlyMap<number, Isp> {
  return new Map(isps.flatMap((isp) => isp.asns.map((asn) => [asn, isp] as const)))
}
