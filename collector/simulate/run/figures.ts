/** To a microsecond, as agents round. */
export function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

/** The same, where there may be nothing. */
export function roundedOrNull(ms: number | null): number | null {
  return ms === null ? null : rounded(ms)
}

const TWO = Array.from({ length: 100 }, (_, value) => `${value}`.padStart(2, '0'))
const THREE = Array.from({ length: 1_000 }, (_, value) => `${value}`.padStart(3, '0'))
const HEX = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, '0'))
const DAY_MS = 86_400_000

let dayStart = Number.NaN
let dayText = ''

/** UTC, ISO 8601 with milliseconds. Nearly every row is of the same day as the one before, and so this is quick. */
export function timestampOf(ms: number): string {
  const inDay = ms - dayStart
  if (!(inDay >= 0 && inDay < DAY_MS)) {
    dayStart = Math.floor(ms / DAY_MS) * DAY_MS
    dayText = new Date(dayStart).toISOString().slice(0, 11)
    return timestampOf(ms)
  }
  const seconds = Math.floor(inDay / 1_000)
  const hour = TWO[Math.floor(seconds / 3_600)]
  const minute = TWO[Math.floor(seconds / 60) % 60]
  return `${dayText}${hour}:${minute}:${TWO[seconds % 60]}.${THREE[inDay % 1_000]}Z`
}

/** A UUIDv7 (RFC 9562) of a time in ms and 74 bits, taken from three words of 32. */
export function uuidOf(ms: number, a: number, b: number, c: number): string {
  const high = Math.floor(ms / 0x1_0000)
  return (
    `${HEX[high >>> 16]}${HEX[high & 0xffff]}-${HEX[ms % 0x1_0000]}-` +
    `${HEX[0x7000 | (a & 0xfff)]}-${HEX[0x8000 | ((a >>> 12) & 0x3fff)]}-` +
    `${HEX[b >>> 16]}${HEX[b & 0xffff]}${HEX[c >>> 16]}`
  )
}
