import { decode, type OptAnswer } from 'dns-packet'
import { readSubnet, type Subnet } from './subnet.ts'
import { HEADER_BYTES, type Rcode } from './wire.ts'

/** A query of a resolver is a name and EDNS; what is larger is something else. */
export const QUERY_MAX_BYTES = 4_096
/** The record of EDNS, and one of TSIG. */
const ADDITIONALS_MAX = 2
const NAME_MAX_BYTES = 255

/** The header of a query, as far as it goes back. */
export interface Head {
  readonly id: number
  readonly opcode: number
  /** RD and CD, where they are in the second word of a header. */
  readonly flags: number
}

/** What is asked. */
export interface Query extends Head {
  /** Name, type and class as they came, to be sent back to the letter. */
  readonly question: Buffer
  /** The name as in the message, in lower case, each byte one sign. */
  readonly name: string
  readonly type: number
  readonly class: number
  /** `null`: who asks does not speak EDNS. */
  readonly edns: {
    readonly version: number
    readonly payload_bytes: number
    readonly isDnssecOk: boolean
    /** For whom it asks; `null`: it does not say. */
    readonly subnet: Subnet | null
  } | null
}

/** A message that can only be refused. */
export interface Unreadable extends Head {
  readonly rcode: Rcode
}

/**
 * Reads a message. Before a library takes it apart, its header must say that it is small: a counter may claim 65,535 records.
 * `null`: it has no header, or is itself an answer, and what is answered to that might go on for ever.
 */
export function readQuery(message: Buffer): Query | Unreadable | null {
  if (message.length < HEADER_BYTES) return null
  const word = message.readUInt16BE(2)
  if ((word & 0x8000) !== 0) return null
  const head: Head = { id: message.readUInt16BE(0), opcode: (word >> 11) & 15, flags: word & 0x0110 }
  if (head.opcode !== 0) return { ...head, rcode: 'NOTIMP' }
  const broken = { ...head, rcode: 'FORMERR' } as const
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at))
  if (questions !== 1 || answers !== 0 || authorities !== 0) return broken
  if ((additionals ?? 0) > ADDITIONALS_MAX || message.length > QUERY_MAX_BYTES) return broken
  const end = endOfName(message)
  if (end === null || end + 4 > message.length) return broken
  const opts = optsIn(message)
  if (opts === null || opts.length > 1) return broken
  const edns = ednsOf(opts[0])
  if (edns === undefined) return broken
  return {
    ...head,
    question: message.subarray(HEADER_BYTES, end + 4),
    // A length is no letter: it is 63 at most.
    name: message.toString('latin1', HEADER_BYTES, end).toLowerCase(),
    type: message.readUInt16BE(end),
    class: message.readUInt16BE(end + 2),
    edns,
  }
}

/** Where the name of the question ends; `null`: it does not, is too long, or points elsewhere. */
function endOfName(message: Buffer): number | null {
  let at = HEADER_BYTES
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63) return null
    at += length + 1
    if (at - HEADER_BYTES > NAME_MAX_BYTES) return null
    if (length === 0) return at
  }
}

/** Records of EDNS; `null`: it cannot be read, or something stands behind its end. */
function optsIn(message: Buffer): OptAnswer[] | null {
  try {
    const { additionals = [] } = decode(message)
    if (decode.bytes !== message.length) return null
    return additionals.filter((record) => record.type === 'OPT')
  } catch {
    return null
  }
}

/** `undefined`: it makes no sense. */
function ednsOf(opt: OptAnswer | undefined): Query['edns'] | undefined {
  if (opt === undefined) return null
  if (opt.name !== '.') return undefined
  const given = opt.options.find(({ code }) => code === 8)
  const subnet = given?.data === undefined ? null : readSubnet(given.data)
  if (subnet === undefined) return undefined
  return {
    ...{ version: opt.ednsVersion, payload_bytes: opt.udpPayloadSize, isDnssecOk: opt.flag_do },
    subnet,
  }
}
