import type { Stall, StoredMeasurement } from '@streamgauge/contract'
import { formatDuration, formatRatio } from '../figures/format.ts'

/** A value at a time of the run, ms since its start. */
export interface SeriesPoint {
  readonly at_ms: number
  readonly value: number
}

const SECOND_MS = 1_000

/** The buffer's level at the end of each second. It is empty when the run starts and when a stall begins. */
export function bufferPoints(
  series: readonly number[],
  stalls: readonly Pick<Stall, 'at_ms'>[],
): readonly SeriesPoint[] {
  if (series.length === 0) return []
  const empty = [{ at_ms: 0 }, ...stalls].map(({ at_ms }) => ({ at_ms, value: 0 }))
  const levels = series.map((value, index) => ({ at_ms: (index + 1) * SECOND_MS, value }))
  return [...empty, ...levels].sort((a, b) => a.at_ms - b.at_ms)
}

/** The throughput of each second, held from the second's start to its end. */
export function throughputPoints(series: readonly number[]): readonly SeriesPoint[] {
  const last = series.at(-1)
  if (last === undefined) return []
  const starts = series.map((value, index) => ({ at_ms: index * SECOND_MS, value }))
  return [...starts, { at_ms: series.length * SECOND_MS, value: last }]
}

/** The playback in words. */
export function playerText(
  m: Pick<StoredMeasurement, 'startup_ms' | 'stalls' | 'stall_ms' | 'played_ms'>,
): string {
  if (m.startup_ms === null) return 'Playback never started'
  const started = `Playback started after ${formatDuration(m.startup_ms)}`
  const { stall_ms, played_ms } = m
  if (stall_ms === null || played_ms === null) return started
  const played = `played ${formatDuration(played_ms)}`
  if (stall_ms === 0) return `${started}, ${played}, without a stall`
  const share = formatRatio(stall_ms / (stall_ms + played_ms))
  const times = m.stalls.length === 1 ? 'once' : `${m.stalls.length} times`
  return `${started}, ${played}, stalled ${times} for ${formatDuration(stall_ms)} in all: stall rate ${share}`
}
