import { ChunkQueue } from './chunks.ts'
import { MediaError } from './error.ts'
import type { Frame, MediaSink } from './timeline.ts'
import { WrappingClock } from './wrap.ts'

const PACKET_BYTES = 188
const SYNC = 0x47
const TICKS_PER_MS = 90
/** ISO/IEC 13818-1 stream types, with the two that everybody adds (AC-3). */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x24, 0x33])
const AUDIO_TYPES = new Set([0x03, 0x04, 0x0f, 0x11, 0x81, 0x87])
const IS_HEVC = 0x24

/**
 * Reads MPEG-TS far enough to time it: PAT, PMT and PES headers, of the first programme its first picture and its
 * first sound. A frame is complete with the last packet before the next one of its track begins; `end()` completes
 * the last ones of a segment.
 *
 * Follows ISO/IEC 13818-1. Memory is bounded: payloads are never kept.
 */
export class TsDemuxer {
  readonly #sink: MediaSink
  readonly #queue = new ChunkQueue()
  readonly #clock = new WrappingClock(33)
  #tracks = new Map<number, OpenTrack>()
  #pmtPid: number | null = null

  constructor(sink: MediaSink) {
    this.#sink = sink
  }

  /** @throws MediaError `MEDIA_INVALID` when sync is lost */
  push(bytes: Uint8Array, atMs: number): void {
    this.#queue.push(bytes, atMs)
    while (this.#queue.length >= PACKET_BYTES) {
      const at = this.#queue.arrivedAt(PACKET_BYTES - 1)
      const first = this.#queue.arrivedAt(0)
      const packet = this.#queue.peek(PACKET_BYTES)
      if (packet[0] !== SYNC) throw new MediaError(`not MPEG-TS: ${whatItIs(packet)}`)
      this.#packet(packet, first, at)
      this.#queue.skip(PACKET_BYTES)
    }
  }

  /** The segment is over: its last frames are complete. */
  end(): void {
    for (const track of this.#tracks.values()) this.#complete(track, null)
    if (this.#queue.length > 0) throw new MediaError('an MPEG-TS segment that ends inside a packet')
  }

  #packet(packet: Uint8Array, firstMs: number, atMs: number): void {
    const view = new DataView(packet.buffer, packet.byteOffset, PACKET_BYTES)
    const head = view.getUint16(1)
    const pid = head & 0x1fff
    const starts = (head & 0x4000) !== 0
    if ((view.getUint8(3) & 0xc0) !== 0 && this.#tracks.has(pid)) throw new MediaError('scrambled MPEG-TS')
    const control = (view.getUint8(3) >>> 4) & 0x03
    const adaptationBytes = control & 0x02 ? view.getUint8(4) + 1 : 0
    const offset = 4 + adaptationBytes
    if (offset > PACKET_BYTES) throw new MediaError('an MPEG-TS packet with an impossible adaptation field')
    const randomAccess = adaptationBytes > 1 && (view.getUint8(5) & 0x40) !== 0
    const payload = control & 0x01 ? packet.subarray(offset) : packet.subarray(PACKET_BYTES)

    if (pid === 0 && starts) this.#pmtPid = pmtPidOf(payload) ?? this.#pmtPid
    else if (pid === this.#pmtPid && starts) this.#readPmt(payload)
    else {
      const track = this.#tracks.get(pid)
      if (track === undefined || payload.length === 0) return
      if (starts) this.#begin(track, payload, randomAccess, firstMs)
      track.at_ms = atMs
    }
  }

  #readPmt(payload: Uint8Array): void {
    const streams = streamsOf(payload)
    if (streams === null) return
    const tracks = new Map<number, OpenTrack>()
    const taken = new Set<string>()
    for (const { pid, type } of streams) {
      const track = VIDEO_TYPES.has(type) ? 'video' : AUDIO_TYPES.has(type) ? 'audio' : null
      if (track === null || taken.has(track)) continue
      taken.add(track)
      tracks.set(pid, this.#tracks.get(pid) ?? { track, hevc: type === IS_HEVC, open: null, at_ms: 0 })
    }
    // A table that moved a track to another PID ends the frame on the old one.
    for (const [pid, track] of this.#tracks) if (!tracks.has(pid)) this.#complete(track, null)
    this.#tracks = tracks
    this.#sink.tracks({ video: taken.has('video'), audio: taken.has('audio') })
  }

  #begin(track: OpenTrack, payload: Uint8Array, randomAccess: boolean, firstMs: number): void {
    const ticks = decodeTimeOf(payload)
    const dts_ms = ticks === null ? null : this.#clock.continued(ticks) / TICKS_PER_MS
    this.#complete(track, dts_ms)
    if (dts_ms === null) return
    const key = track.track === 'audio' || randomAccess || holdsKeyFrame(payload, track.hevc)
    track.open = { track: track.track, dts_ms, key, first_byte_at_ms: firstMs }
  }

  #complete(track: OpenTrack, nextDtsMs: number | null): void {
    const open = track.open
    if (open === null) return
    track.open = null
    const step = nextDtsMs === null ? null : nextDtsMs - open.dts_ms
    const duration = step !== null && step > 0 && step < 1_000 ? { duration_ms: step } : {}
    this.#sink.frame({ ...open, ...duration, at_ms: track.at_ms })
  }
}

interface OpenTrack {
  readonly track: 'video' | 'audio'
  readonly hevc: boolean
  open: Omit<Frame, 'at_ms'> | null
  at_ms: number
}

/** What HLS also allows and this agent does not play (RFC 8216 §3.4), or nothing known. */
function whatItIs(packet: Uint8Array): string {
  const isId3 = packet[0] === 0x49 && packet[1] === 0x44 && packet[2] === 0x33
  const isAdts = packet[0] === 0xff && ((packet[1] ?? 0) & 0xf6) === 0xf0
  return isId3 || isAdts ? 'packed audio' : 'the sync byte is missing'
}

function pmtPidOf(payload: Uint8Array): number | null {
  const section = payload.subarray(1 + (payload[0] ?? 0))
  const end = Math.min(3 + ((((section[1] ?? 0) & 0x0f) << 8) | (section[2] ?? 0)) - 4, section.length)
  for (let at = 8; at + 4 <= end; at += 4) {
    const programme = ((section[at] ?? 0) << 8) | (section[at + 1] ?? 0)
    // Programme 0 is the network's own table (ISO/IEC 13818-1 §2.4.4.3).
    if (programme !== 0) return (((section[at + 2] ?? 0) & 0x1f) << 8) | (section[at + 3] ?? 0)
  }
  return null
}

function streamsOf(payload: Uint8Array): { pid: number; type: number }[] | null {
  const section = payload.subarray(1 + (payload[0] ?? 0))
  if (section.length < 12) return null
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength)
  const end = Math.min(3 + (view.getUint16(1) & 0x0fff) - 4, section.length)
  const streams: { pid: number; type: number }[] = []
  let at = 12 + (view.getUint16(10) & 0x0fff)
  while (at + 5 <= end) {
    streams.push({ type: view.getUint8(at), pid: view.getUint16(at + 1) & 0x1fff })
    at += 5 + (view.getUint16(at + 3) & 0x0fff)
  }
  return streams
}

/** DTS, or PTS where there is no DTS, in ticks of 90 kHz; `null` for a PES header without either. */
function decodeTimeOf(pes: Uint8Array): number | null {
  if (pes.length < 14 || pes[0] !== 0 || pes[1] !== 0 || pes[2] !== 1) return null
  const flags = (pes[7] ?? 0) >>> 6
  const at = flags === 3 ? 14 : flags === 2 ? 9 : null
  if (at === null || pes.length < at + 5) return null
  const b = (i: number) => pes[at + i] ?? 0
  return ((b(0) >>> 1) & 0x07) * 2 ** 30 + (b(1) << 22) + ((b(2) >>> 1) << 15) + (b(3) << 7) + (b(4) >>> 1)
}

/** Looks for an IDR or CRA picture among the NAL units that begin in the first packet of a frame. */
function holdsKeyFrame(pes: Uint8Array, hevc: boolean): boolean {
  for (let i = 9 + (pes[8] ?? 0); i + 3 < pes.length; i++) {
    if (pes[i] !== 0 || pes[i + 1] !== 0 || pes[i + 2] !== 1) continue
    const header = pes[i + 3] ?? 0
    if (hevc) {
      const type = (header >>> 1) & 0x3f
      if (type >= 16 && type <= 21) return true
      if (type === 33) return true
    } else {
      const type = header & 0x1f
      if (type === 5 || type === 7) return true
    }
  }
  return false
}
