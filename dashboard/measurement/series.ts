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

/** The throughput of each second from its start, held to the end of the run or, when that comes first, of the series. */
export function throughputPoints(series: readonly number[], endMs: number): readonly SeriesPoint[] {
  const starts = series.map((value, index) => ({ at_ms: index * SECOND_MS, value }))
  const shown = starts.filter((point) => point.at_ms < endMs)
  const last = shown.at(-1)
  if (last === undefined) return []
  // The last second may have been cut short by the end of the run.
  return [...shown, { at_ms: Math.min(last.at_ms + SECOND_MS, endMs), value: last.value }]
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
