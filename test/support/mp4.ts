/** One MP4 box by hand: 32-bit size, type, body (ISO/IEC 14496-12 §4.2). */
export function box(type: string, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = Buffer.concat(parts.map((part) => Uint8Array.from(part)))
  const bytes = Buffer.alloc(8 + body.length)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(body, 8)
  return new Uint8Array(bytes)
}

/** 32-bit numbers as bytes. */
export function u32(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4)
  return new Uint8Array(bytes)
}

/** A track of an init segment. */
export interface TrackOptions {
  readonly id: number
  readonly handler: 'vide' | 'soun' | 'text'
  readonly timescale: number
  readonly codec?: string
  /** Boxes inside the sample entry, after its fixed fields. */
  readonly entry?: Uint8Array
  /** Body of `elst` after version and flags. */
  readonly edits?: Uint8Array
}

/** An init segment with a movie clock of 1,000 ticks; `trex` gives every track a sample duration, size and flags. */
export function initSegment(
  tracks: readonly TrackOptions[],
  defaults: { readonly duration: number; readonly size: number; readonly flags: number } = {
    duration: 0,
    size: 0,
    flags: 0,
  },
): Uint8Array {
  const traks = tracks.map(({ id, handler, timescale, codec, entry, edits }) => {
    const fixed = new Uint8Array(handler === 'vide' ? 78 : 28)
    const name = codec ?? (handler === 'vide' ? 'avc1' : handler === 'soun' ? 'mp4a' : 'wvtt')
    const stsd = box('stsd', u32(0, 1), box(name, fixed, entry ?? []))
    const mdia = box(
      'mdia',
      box('mdhd', u32(0, 0, 0, timescale, 0, 0)),
      box('hdlr', u32(0, 0), Buffer.from(handler), u32(0, 0, 0), [0]),
      box('minf', box('stbl', stsd)),
    )
    const edts = edits === undefined ? [] : box('edts', box('elst', u32(0), edits))
    return box('trak', box('tkhd', u32(0, 0, 0, id, 0, 0)), edts, mdia)
  })
  const trex = tracks.map(({ id }) =>
    box('trex', u32(0, id, 1, defaults.duration, defaults.size, defaults.flags)),
  )
  return new Uint8Array(
    Buffer.concat([
      box('ftyp', Buffer.from('isom')),
      box('moov', box('mvhd', u32(0, 0, 0, 1_000, 0)), ...traks, box('mvex', ...trex)),
    ]),
  )
}

/** Sample flags (§8.8.3.1) of a picture that is no key frame. */
export const NO_KEY = 0x0001_0000
