import type { Metric, OverviewRow } from '@streamgauge/contract'
import { durationScale, ratioScale, type Scale } from './format.ts'

/** What a metric is called, how it is defined, how it is scaled, and which way is better. */
export interface MetricText {
  readonly name: string
  readonly definition: string
  readonly scale: (value: number) => Scale
  readonly better: 'lower' | 'higher'
  /** What its `n` counts. */
  readonly counted: string
}

/** Every metric the collector reports. The definitions are the data dictionary's (`queries/README.md`), in short. */
export const METRICS: Readonly<Record<Metric, MetricText>> = {
  handshake_ms: {
    name: 'Connect time',
    definition:
      'handshake_ms, median: from the first packet sent (SYN on TCP, Initial on QUIC) to the moment encrypted application data may be sent. DNS is apart. The one handshake figure that is comparable across transports.',
    scale: durationScale,
    better: 'lower',
    counted: 'runs that completed the handshake',
  },
  ttfb_ms: {
    name: 'First byte',
    definition: 'ttfb_ms, median: from the start of connecting to the first response byte. DNS is apart.',
    scale: durationScale,
    better: 'lower',
    counted: 'runs that got a response',
  },
  first_frame_ms: {
    name: 'First frame',
    definition:
      'first_frame_ms, median: from the start of the run, DNS included, to the last byte of the first key frame.',
    scale: durationScale,
    better: 'lower',
    counted: 'runs that received a key frame',
  },
  startup_ms: {
    name: 'Start-up',
    definition:
      'startup_ms, median: from the start of the run to playback start, when the buffer holds policy_start_ms of media (1,000 ms unless told otherwise).',
    scale: durationScale,
    better: 'lower',
    counted: 'runs in which playback started',
  },
  stall_ratio: {
    name: 'Stall rate',
    definition:
      'stall_ratio: Σ stall_ms ÷ Σ (stall_ms + played_ms) over runs in which playback started. A ratio of sums, never a mean of ratios. Start-up is not a stall.',
    scale: ratioScale,
    better: 'lower',
    counted: 'runs in which playback started',
  },
  success_ratio: {
    name: 'Success',
    definition:
      'success_ratio: untainted runs without a failure ÷ all untainted runs. Failed runs count here and are missing from the times.',
    scale: ratioScale,
    better: 'higher',
    counted: 'untainted runs',
  },
}

/** The metrics of an overview row, in the order of the table's columns. */
export const OVERVIEW_METRICS = [
  'handshake_ms',
  'first_frame_ms',
  'stall_ratio',
  'success_ratio',
] as const satisfies readonly (Metric & keyof OverviewRow)[]
export type OverviewMetric = (typeof OVERVIEW_METRICS)[number]

/** Every metric's key, in the order a run goes through them. */
export const METRIC_KEYS = Object.keys(METRICS).filter(isMetric)

/** Whether a text names a metric. */
export function isMetric(text: string): text is Metric {
  return Object.hasOwn(METRICS, text)
}
