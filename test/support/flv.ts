/** One FLV tag by hand: 11 bytes of header, the body, and the size of both (Adobe FLV 10.1, E.4). */
export function flvTag(type: number, timestampMs: number, body: readonly number[] | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(11 + body.length + 4)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, (type << 24) | body.length)
  view.setUint32(4, ((timestampMs & 0xffffff) << 8) | ((timestampMs >>> 24) & 0xff))
  bytes.set(body, 11)
  view.setUint32(11 + body.length, 11 + body.length)
  return bytes
}

/** The nine bytes of header and the first PreviousTagSize. `flags`: 1 video, 4 audio. */
export function flvHeader(flags = 5): Uint8Array {
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0)
}

/** An AVC frame of `size` bytes: frame type, packet type 1, composition time 0. */
export function videoTag(timestampMs: number, key: boolean, size = 100): Uint8Array {
  const body = new Uint8Array(size)
  body.set([key ? 0x17 : 0x27, 1, 0, 0, 0])
  return flvTag(9, timestampMs, body)
}

/** An AAC frame. */
export function audioTag(timestampMs: number, size = 20): Uint8Array {
  const body = new Uint8Array(size)
  body.set([0xaf, 1])
  return flvTag(8, timestampMs, body)
}

/**
 * `media_ms` of stream: video every 40 ms with a key frame every `gop_ms`, audio every 20 ms, from `from_ms` on,
 * in decode order.
 */
export function flvMedia(
  from_ms: number,
  media_ms: number,
  gop_ms = 1_000,
  frameBytes = 1_000,
): Uint8Array[] {
  const tags: Uint8Array[] = []
  for (let at = from_ms; at < from_ms + media_ms; at += 20) {
    if (at % 40 === 0) tags.push(videoTag(at, at % gop_ms === 0, frameBytes))
    tags.push(audioTag(at))
  }
  return tags
}

/** Many pieces as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
