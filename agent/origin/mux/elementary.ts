const START_CODE = Buffer.from([0, 0, 0, 1])
/** Access unit delimiter, any slice type: Apple's authoring rules want one before every picture. */
const DELIMITER = Buffer.from([0, 0, 0, 1, 0x09, 0xf0])

/** NAL units with start codes (H.264 annex B); a key frame brings its parameter sets along. */
export function annexB(nalUnits: Uint8Array, key: boolean, avcConfig: Uint8Array): Buffer {
  const parts: Uint8Array[] = [DELIMITER]
  if (key) for (const set of parameterSets(avcConfig)) parts.push(START_CODE, set)
  const view = new DataView(nalUnits.buffer, nalUnits.byteOffset, nalUnits.byteLength)
  for (let at = 0; at + 4 <= nalUnits.length; ) {
    const length = view.getUint32(at)
    parts.push(START_CODE, nalUnits.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return Buffer.concat(parts)
}

/** The header of one AAC frame (ISO/IEC 14496-3, 1.A.2.2), from the AudioSpecificConfig. */
export function adtsHeader(aacConfig: Uint8Array, frameBytes: number): Buffer {
  const b0 = aacConfig[0] ?? 0
  const b1 = aacConfig[1] ?? 0
  const objectType = b0 >>> 3
  const rate = ((b0 & 0x07) << 1) | (b1 >>> 7)
  const channels = (b1 >>> 3) & 0x0f
  const length = frameBytes + 7
  return Buffer.from([
    0xff,
    0xf1,
    ((objectType - 1) << 6) | (rate << 2) | (channels >>> 2),
    ((channels & 0x03) << 6) | (length >>> 11),
    (length >>> 3) & 0xff,
    ((length & 0x07) << 5) | 0x1f,
    0xfc,
  ])
}

/** SPS and PPS out of an AVCDecoderConfigurationRecord. */
function parameterSets(config: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = []
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength)
  let at = 6
  const take = (count: number) => {
    for (let i = 0; i < count; i++) {
      const length = view.getUint16(at)
      sets.push(config.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  take(view.getUint8(5) & 0x1f)
  at++
  take(view.getUint8(at - 1))
  return sets
}
