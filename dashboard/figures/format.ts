/** How a quantity is shown: its unit, what the stored value is divided by, and the digits after the point. */
export interface Scale {
  readonly unit: string
  readonly divisor: number
  readonly digits: number
}

/** Between a number and its unit: the two never part at a line's end. */
export const NO_BREAK = '\u00a0'

/** Shown where there is nothing to show; its title says why. */
export const ABSENT = '—'

/** The scale for a duration in ms: seconds from 10,000 ms on, more digits the smaller it is. */
export function durationScale(valueMs: number): Scale {
  const size = Math.abs(valueMs)
  if (size >= 10_000) return { unit: 's', divisor: 1_000, digits: 1 }
  if (size >= 10 || size === 0) return { unit: 'ms', divisor: 1, digits: 0 }
  return { unit: 'ms', divisor: 1, digits: size >= 1 ? 1 : 2 }
}

/** The scale for a ratio, shown in percent. Gains digits near 0 and 1, so that 0.9996 is never shown as 100 %. */
export function ratioScale(ratio: number): Scale {
  const distance = Math.min(Math.abs(ratio), Math.abs(1 - Math.abs(ratio)))
  if (distance === 0) return { unit: '%', divisor: 0.01, digits: 0 }
  if (distance >= 0.001) return { unit: '%', divisor: 0.01, digits: Math.abs(ratio) < 0.01 ? 2 : 1 }
  return { unit: '%', divisor: 0.01, digits: distance >= 0.0001 ? 2 : 3 }
}

/** A number on a scale, without its unit; thousands are grouped. */
export function onScale(value: number, scale: Scale): string {
  const shown = (value / scale.divisor).toFixed(scale.digits)
  const [whole = '', fraction] = shown.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',').replace(/^-/, '−')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A duration in ms as `42 ms` or `12.4 s`. */
export function formatDuration(valueMs: number): string {
  return withUnit(valueMs, durationScale(valueMs))
}

/** A ratio as `1.2 %`. */
export function formatRatio(ratio: number): string {
  return withUnit(ratio, ratioScale(ratio))
}

/** Bits per second as `2.1 Mbit/s`. */
export function formatBitrate(bps: number): string {
  return withUnit(bps, decimalScale(bps, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']))
}

/** Bytes as `5.2 MB` (decimal). */
export function formatBytes(bytes: number): string {
  return withUnit(bytes, decimalScale(bytes, ['B', 'kB', 'MB', 'GB']))
}

/** A whole number with its thousands grouped. */
export function formatCount(count: number): string {
  return onScale(count, { unit: '', divisor: 1, digits: 0 })
}

/** How long ago, in ms, to the nearest unit a person would say: `4 s`, `3 min`, `2 h`. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000))
  if (seconds < 120) return `${seconds}${NO_BREAK}s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)}${NO_BREAK}min`
  return `${Math.round(seconds / 3_600)}${NO_BREAK}h`
}

/** How long something lasts, in ms, in the two largest units: `45 s`, `12 min`, `3 h 5 min`, `4 d 2 h`. */
export function formatSpan(lengthMs: number): string {
  const seconds = Math.max(0, Math.round(lengthMs / 1_000))
  if (seconds < 120) return `${seconds}${NO_BREAK}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes}${NO_BREAK}min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return withRest(hours, 'h', minutes % 60, 'min')
  return withRest(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** The time of day in UTC of an ISO timestamp: `20:14:03`. */
export function formatClock(timestamp: string): string {
  return timestamp.slice(11, 19)
}

/** Date and time in UTC of an ISO timestamp: `2026-11-22 20:14:03 UTC`. */
export function formatInstant(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC`
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  const first = `${whole}${NO_BREAK}${unit}`
  return rest === 0 ? first : `${first}${NO_BREAK}${rest}${NO_BREAK}${restUnit}`
}

function withUnit(value: number, scale: Scale): string {
  return `${onScale(value, scale)}${NO_BREAK}${scale.unit}`
}

function decimalScale(value: number, units: readonly [string, ...string[]]): Scale {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)))
  const scaled = value / 1_000 ** power
  return {
    unit: units[power] ?? units[0],
    divisor: 1_000 ** power,
    digits: power > 0 && scaled < 100 ? 1 : 0,
  }
}
