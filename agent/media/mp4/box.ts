import { MediaError } from '../error.ts'

/** One box: its four-character type and what is in it. */
export interface Box {
  readonly type: string
  readonly body: DataView
}

/** Header of a box (ISO/IEC 14496-12 §4.2). `bytes` counts the header too; `Infinity`: to the end of the file. */
export interface BoxHeader {
  readonly type: string
  readonly header_bytes: number
  readonly bytes: number
}

/** Reads the header at `at`; `null`: more bytes are needed. @throws MediaError for a size that cannot be */
export function boxHeader(view: DataView, at = 0): BoxHeader | null {
  const left = view.byteLength - at
  if (left < 8) return null
  const size = view.getUint32(at)
  const type = fourCharacters(view, at + 4)
  if (size === 1 && left < 16) return null
  const header_bytes = size === 1 ? 16 : 8
  const bytes = size === 0 ? Number.POSITIVE_INFINITY : size === 1 ? uint64(view, at + 8) : size
  if (bytes < header_bytes) throw new MediaError(`an MP4 box '${type}' that claims ${bytes} bytes`)
  return { type, header_bytes, bytes }
}

/** The boxes inside a box, one after the other. @throws MediaError for one that claims more than there is */
export function* boxesIn(view: DataView, from = 0): Generator<Box> {
  for (let at = from; at < view.byteLength; ) {
    const header = boxHeader(view, at)
    // Writers pad with a few zero bytes, too few for a box.
    if (header === null) return
    const { type, bytes, header_bytes } = header
    const end = bytes === Number.POSITIVE_INFINITY ? view.byteLength : at + bytes
    if (end > view.byteLength)
      throw new MediaError(`an MP4 box '${type}' of ${bytes} bytes inside one that is smaller`)
    yield { type, body: part(view, at + header_bytes, end) }
    at = end
  }
}

/** The first box of `type` inside another; `null`: there is none. */
export function boxIn(view: DataView | null, type: string, from = 0): DataView | null {
  if (view === null) return null
  for (const box of boxesIn(view, from)) if (box.type === type) return box.body
  return null
}

/** Four characters, with everything outside ASCII's letters, digits and marks shown as dots. */
export function fourCharacters(view: DataView, at: number): string {
  let text = ''
  for (let i = 0; i < 4; i++) {
    const code = view.getUint8(at + i)
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.'
  }
  return text
}

/** 64 bits as a number: exact up to 2^53, which no clock or offset of a live stream passes. */
export function uint64(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

/** A view on `from` up to `end` of another. */
export function part(view: DataView, from: number, end: number): DataView {
  return new DataView(view.buffer, view.byteOffset + from, Math.max(0, end - from))
}

/** Runs a reader; a field beyond the end of its box is a box cut short. @throws MediaError */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError)
      throw new MediaError(`an MP4 ${what} that is cut short`, { cause: error })
    throw error
  }
}
