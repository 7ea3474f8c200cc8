/** What the engine's log says of a handshake that is done. */
export interface HandshakeLog {
  /** First Initial sent to the first packet that may carry application data, early data the server took included. */
  readonly handshake_ms: number
  /** Whether the server asked for address validation with a Retry packet. */
  readonly retry: boolean
  /** Bytes of TLS the server sent in Handshake packets before the first 1-RTT packet went out. */
  readonly handshake_bytes: number
  /** Whether the server took what was sent before its first answer (RFC 9001 §4.6). */
  readonly zero_rtt: boolean
}

/** Reads the beginning of a qlog in quiche's dialect; `null`: it does not reach the end of the handshake. */
export function readHandshake(text: string): HandshakeLog | null {
  let first: Sent | null = null
  let early: Sent | null = null
  let done: Sent | null = null
  let answered = false
  let retry = false
  let handshakeBytes = 0
  for (const line of text.split('\n')) {
    if (line.includes('"quic:packet_received"')) {
      answered = true
      if (done === null) handshakeBytes += cryptoBytes(line)
      if (first !== null && early !== null && acknowledges(line, early.number))
        return told(first, early, retry, handshakeBytes)
    }
    const sent = sentPacket(line)
    if (sent === null) continue
    first ??= sent
    // Retry packets are not logged; what is, is that the client turns to another connection id before any answer.
    if (!answered && sent.type === 'initial' && sent.to !== first.to) retry = true
    if (sent.type === '0RTT') early ??= sent
    if (sent.type !== '1RTT') continue
    done ??= sent
    if (early === null) return told(first, done, retry, handshakeBytes)
  }
  // Early data was sent and nobody acknowledged any of it.
  return first === null || done === null ? null : told(first, done, retry, handshakeBytes)
}

/** What came back before the handshake was done. */
export interface EarlyEnd {
  /** Whether any packet of the server's arrived and could be read. */
  readonly answered: boolean
  /** Error the server closed the connection with (RFC 9000 §19.19, transport error codes); `null`: it did not. */
  readonly error_code: number | null
  readonly reason: string
}

/** Reads how far a handshake came that did not get to its end. */
export function readEarlyEnd(text: string): EarlyEnd {
  const received = text.split('\n').filter((line) => line.includes('"quic:packet_received"'))
  const close = received.map((line) => CLOSE.exec(line)).find((found) => found !== null)
  return {
    answered: received.length > 0,
    error_code: close?.[1] === undefined ? null : Number(close[1]),
    reason: close?.[2] ?? '',
  }
}

/** `{"frame_type":"connection_close","error_space":"transport","error":"unknown","error_code":336,"reason":""}` */
const CLOSE = /"frame_type":"connection_close".*?"error_code":(\d+)(?:,"reason":"([^"]*)")?/

interface Sent {
  readonly at_ms: number
  readonly type: string
  readonly number: number
  /** Destination connection id; short headers do not log it. */
  readonly to: string
}

function told(first: Sent, ready: Sent, retry: boolean, handshake_bytes: number): HandshakeLog {
  return { handshake_ms: ready.at_ms - first.at_ms, retry, handshake_bytes, zero_rtt: ready.type === '0RTT' }
}

/** `{"time":9.869,"name":"quic:packet_sent","data":{"header":{"packet_type":"initial","packet_number":0,...,"dcid":"5a4b..."},...` */
function sentPacket(line: string): Sent | null {
  const found =
    /"time":([0-9.e-]+),"name":"quic:packet_sent".*?"packet_type":"([^"]+)","packet_number":(\d+)/.exec(line)
  if (found === null) return null
  return {
    at_ms: Number(found[1]),
    type: found[2] ?? '',
    number: Number(found[3]),
    to: /"dcid":"([0-9a-f]*)"/.exec(line)?.[1] ?? '',
  }
}

/** `{"frame_type":"crypto","offset":0,"raw":{"payload_length":722}}`, in Handshake packets. */
function cryptoBytes(line: string): number {
  if (!line.includes('"packet_type":"handshake"')) return 0
  let bytes = 0
  for (const frame of line.matchAll(/"frame_type":"crypto","offset":\d+,"raw":\{"payload_length":(\d+)/g))
    bytes += Number(frame[1])
  return bytes
}

/** `"packet_type":"1RTT",...,"acked_ranges":[[0,3],[5]]`: early data shares its numbers with 1-RTT packets. */
function acknowledges(line: string, packet: number): boolean {
  if (!line.includes('"packet_type":"1RTT"')) return false
  const ranges = /"acked_ranges":\[((?:\[[\d,]+\],?)*)\]/.exec(line)?.[1] ?? ''
  return [...ranges.matchAll(/\[(\d+)(?:,(\d+))?\]/g)].some(([, from, to]) => {
    const low = Number(from)
    return packet >= low && packet <= Number(to ?? from)
  })
}
