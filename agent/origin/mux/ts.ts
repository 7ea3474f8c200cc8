import type { Clip } from '../clip/clip.ts'
import { adtsHeader, annexB } from './elementary.ts'
import type { MuxFrame } from './frame.ts'

const PACKET_BYTES = 188
const PMT_PID = 0x1000
const VIDEO_PID = 0x100
const AUDIO_PID = 0x101
const VIDEO_PES_BYTES = 19
const AUDIO_PES_BYTES = 14
/** Two bytes of flags and six of PCR, with the length byte before them. */
const PCR_FIELD_BYTES = 8
/** Decoders want the clock reference a little ahead of what they decode. */
const PCR_LEAD_TICKS = 9_000
const WRAP_TICKS = 2 ** 33

const packets = (bytes: number) => Math.ceil(bytes / (PACKET_BYTES - 4)) * PACKET_BYTES

/** What MPEG-TS adds around a frame; tables, once a segment, are within the rounding. */
export const tsWire = {
  video: (payload: number) => packets(payload + VIDEO_PES_BYTES + PCR_FIELD_BYTES + 6),
  audio: (payload: number) => packets(payload + AUDIO_PES_BYTES + 7),
}

/** Muxes segment after segment of one stream; the continuity counters go on from one to the next. */
export class TsMuxer {
  readonly #clip: Clip
  readonly #counters = new Map<number, number>()

  constructor(clip: Clip) {
    this.#clip = clip
  }

  /** One segment: tables first, then the frames in decode order. */
  segment(frames: readonly MuxFrame[]): Buffer {
    const out: Buffer[] = [this.#table(0, PAT), this.#table(PMT_PID, PMT)]
    for (const frame of frames) this.#frame(frame, out)
    return Buffer.concat(out)
  }

  #frame(frame: MuxFrame, out: Buffer[]): void {
    const video = frame.track === 'video'
    const payload = video
      ? annexB(frame.payload, frame.key, this.#clip.avc_config)
      : Buffer.concat([adtsHeader(this.#clip.aac_config, frame.payload.length), frame.payload])
    const pes = Buffer.concat([
      pesHeader(video ? 0xe0 : 0xc0, frame.ticks, video ? 0 : payload.length),
      payload,
    ])
    const pid = video ? VIDEO_PID : AUDIO_PID
    let at = 0
    while (at < pes.length) {
      const first = at === 0
      const field = first && video ? clockField(frame.ticks, frame.key) : null
      at += this.#packet(pid, first, field, pes.subarray(at), out)
    }
  }

  /** Writes one packet; returns how much of `rest` went into it. */
  #packet(pid: number, starts: boolean, field: Buffer | null, rest: Buffer, out: Buffer[]): number {
    const packet = Buffer.alloc(PACKET_BYTES, 0xff)
    const room = PACKET_BYTES - 4 - (field?.length ?? 0)
    const taken = Math.min(room, rest.length)
    const stuffing = room - taken
    packet.writeUInt8(0x47, 0)
    packet.writeUInt16BE((starts ? 0x4000 : 0) | pid, 1)
    packet.writeUInt8((field !== null || stuffing > 0 ? 0x30 : 0x10) | this.#count(pid), 3)
    if (field !== null) {
      packet.set(field, 4)
      packet.writeUInt8(field.length - 1 + stuffing, 4)
    } else if (stuffing > 0) {
      packet.writeUInt8(stuffing - 1, 4)
      if (stuffing > 1) packet.writeUInt8(0, 5)
    }
    packet.set(rest.subarray(0, taken), PACKET_BYTES - taken)
    out.push(packet)
    return taken
  }

  #table(pid: number, section: Buffer): Buffer {
    const packet = Buffer.alloc(PACKET_BYTES, 0xff)
    packet.writeUInt8(0x47, 0)
    packet.writeUInt16BE(0x4000 | pid, 1)
    packet.writeUInt8(0x10 | this.#count(pid), 3)
    packet.writeUInt8(0, 4)
    packet.set(section, 5)
    return packet
  }

  #count(pid: number): number {
    const counter = this.#counters.get(pid) ?? 0
    this.#counters.set(pid, (counter + 1) & 0x0f)
    return counter
  }
}

/** Adaptation field with PCR; a key frame is a random access point. */
function clockField(ticks: number, key: boolean): Buffer {
  const field = Buffer.alloc(PCR_FIELD_BYTES)
  const pcr = (ticks - PCR_LEAD_TICKS + WRAP_TICKS) % WRAP_TICKS
  field.writeUInt8(PCR_FIELD_BYTES - 1, 0)
  field.writeUInt8(key ? 0x50 : 0x10, 1)
  field.writeUInt32BE(Math.floor(pcr / 2), 2)
  field.writeUInt16BE(((pcr % 2) << 15) | 0x7e00, 6)
  return field
}

/** ISO/IEC 13818-1 §2.4.3.6. Video carries PTS and DTS, which are the same here, and no length; audio PTS alone. */
function pesHeader(streamId: number, ticks: number, payloadBytes: number): Buffer {
  const withDts = streamId === 0xe0
  const header = Buffer.alloc(withDts ? VIDEO_PES_BYTES : AUDIO_PES_BYTES)
  header.writeUInt32BE(0x100 | streamId, 0)
  header.writeUInt16BE(withDts ? 0 : payloadBytes + header.length - 6, 4)
  header.writeUInt8(0x80, 6)
  header.writeUInt8(withDts ? 0xc0 : 0x80, 7)
  header.writeUInt8(header.length - 9, 8)
  writeTicks(header, 9, withDts ? 0x30 : 0x20, ticks)
  if (withDts) writeTicks(header, 14, 0x10, ticks)
  return header
}

/** 33 bits in five bytes, with a marker bit after each part. */
function writeTicks(header: Buffer, at: number, prefix: number, ticks: number): void {
  const wrapped = ticks % WRAP_TICKS
  const high = Math.floor(wrapped / 2 ** 30)
  const low = wrapped % 2 ** 30
  header.writeUInt8(prefix | (high << 1) | 1, at)
  header.writeUInt16BE(((low >>> 15) << 1) | 1, at + 1)
  header.writeUInt16BE(((low & 0x7fff) << 1) | 1, at + 3)
}

const PAT = section(
  0x00,
  Buffer.from([0x00, 0x01, 0xc1, 0, 0, 0x00, 0x01, 0xe0 | (PMT_PID >>> 8), PMT_PID & 0xff]),
)
const PMT = section(
  0x02,
  Buffer.from([
    ...[0x00, 0x01, 0xc1, 0, 0, 0xe0 | (VIDEO_PID >>> 8), VIDEO_PID & 0xff, 0xf0, 0],
    ...[0x1b, 0xe0 | (VIDEO_PID >>> 8), VIDEO_PID & 0xff, 0xf0, 0],
    ...[0x0f, 0xe0 | (AUDIO_PID >>> 8), AUDIO_PID & 0xff, 0xf0, 0],
  ]),
)

/** A PSI section with its length and CRC. */
function section(tableId: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(3 + body.length + 4)
  bytes.writeUInt8(tableId, 0)
  bytes.writeUInt16BE(0xb000 | (body.length + 4), 1)
  bytes.set(body, 3)
  bytes.writeUInt32BE(crc32Mpeg(bytes.subarray(0, 3 + body.length)), 3 + body.length)
  return bytes
}

/** CRC-32/MPEG-2: polynomial 0x04C11DB7, not reflected, no final inversion (zlib's is another). */
function crc32Mpeg(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  return crc >>> 0
}
