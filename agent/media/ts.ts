import { ChunkQueue } from './chunks.ts'
import { MediaError } from './error.ts'
import type { Frame, MediaSink } from './timeline.ts'

const PACKET_BYTES = 188
const SYNC = 0x47
/** ISO/IEC 13818-1 stream types, with the two that everybody adds (AC-3). */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x24, 0x33])
const AUDIO_TYPES = new Set([0x03, 0x04, 0x0f, 0x11, 0x81, 0x87])
const IS_HEVC = 0x24

/**
 * Reads MPEG-TS far enough to time it: PAT, PMT and PES headers. A frame is complete with the last packet
 * before the next one of its track begins; `end()` completes the last ones of a segment.
 *
 * Follows ISO/IEC 13818-1. Memory is bounded: payloads are never kept.
 */
export class TsDemuxer {
  readonly #sink: MediaSink
  readonly #queue = new ChunkQueue()
  readonly #tracks = new Map<number, OpenTrack>()
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
      if (packet[0] !== SYNC) throw new MediaError('not MPEG-TS: the sync byte is missing')
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
    for (const { pid, type } of streams) {
      const track = VIDEO_TYPES.has(type) ? 'video' : AUDIO_TYPES.has(type) ? 'audio' : null
      if (track !== null && !this.#tracks.has(pid))
        this.#tracks.set(pid, { track, hevc: type === IS_HEVC, open: null, at_ms: 0 })
    }
    const present = new Set([...this.#tracks.values()].map((open) => open.track))
    this.#sink.tracks({ video: present.has('video'), audio: present.has('audio') })
  }

  #begin(track: OpenTrack, payload: Uint8Array, randomAccess: boolean, firstMs: number): void {
    const dts_ms = decodeTimeOf(payload)
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

function pmtPidOf(payload: Uint8Array): number | null {
  const section = payload.subarray(1 + (payload[0] ?? 0))
  const high = section[10]
  const low = section[11]
  return high === undefined || low === undefined ? null : ((high & 0x1f) << 8) | low
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

/** DTS, or PTS where there is no DTS, in ms; `null` for a PES header without either. */
function decodeTimeOf(pes: Uint8Array): number | null {
  if (pes.length < 14 || pes[0] !== 0 || pes[1] !== 0 || pes[2] !== 1) return null
  const flags = (pes[7] ?? 0) >>> 6
  const at = flags === 3 ? 14 : flags === 2 ? 9 : null
  if (at === null || pes.length < at + 5) return null
  const b = (i: number) => pes[at + i] ?? 0
  const ticks =
    ((b(0) >>> 1) & 0x07) * 2 ** 30 + (b(1) << 22) + ((b(2) >>> 1) << 15) + (b(3) << 7) + (b(4) >>> 1)
  return ticks / 90
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
