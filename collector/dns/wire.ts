import { type Answer, encode, type OptAnswer } from 'dns-packet'

/** Response codes (RFC 1035, 4.1.1; RFC 6891, 9). */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const
export type Rcode = keyof typeof RCODES

/** Types that are told apart. */
export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28, IXFR: 251, AXFR: 252, ANY: 255 } as const
export const CLASS_IN = 1
export const HEADER_BYTES = 12
/** A larger one over UDP may be fragmented on its way (https://www.dnsflagday.net/2020/). */
export const UDP_MAX_BYTES = 1_232
/** Without EDNS nobody takes more over UDP. */
export const UDP_PLAIN_BYTES = 512

/** A record but for whose it is. */
export type Content = Pick<Answer, 'type'> & { readonly ttl: number; readonly data: unknown }

/**
 * Records as they are sent, all of the name that is asked for: two bytes point there (RFC 1035, 4.1.4), which keeps answers no larger
 * than they must be.
 */
export function encodeRecords(records: readonly Content[]): Buffer {
  return Buffer.concat(
    records.map((record) => {
      const whole = encode({ answers: [{ ...record, name: '.' } as Answer] })
      return Buffer.concat([pointerTo(HEADER_BYTES), whole.subarray(HEADER_BYTES + 1)])
    }),
  )
}

/** The record of EDNS (RFC 6891). */
export function encodeOpt(extendedRcode: number, isDnssecOk: boolean, subnet: Buffer | null): Buffer {
  const opt: OptAnswer = {
    ...{ type: 'OPT', name: '.', udpPayloadSize: UDP_MAX_BYTES, extendedRcode, ednsVersion: 0 },
    // What asks for signatures is told that it was heard (RFC 3225), though there are none.
    ...{ flags: isDnssecOk ? 0x8000 : 0, flag_do: isDnssecOk },
    options: subnet === null ? [] : [{ code: 8, ip: undefined, data: subnet }],
  }
  return encode({ additionals: [opt] }).subarray(HEADER_BYTES)
}

/** Points to what is at an offset of the message. */
export function pointerTo(offset: number): Buffer {
  return Buffer.from([0xc0 | (offset >> 8), offset & 0xff])
}

/** A name as it is in a message, each byte one sign. */
export function wireName(name: string): string {
  return `${name
    .split('.')
    .map((label) => String.fromCharCode(label.length) + label)
    .join('')}\0`
}
