import type { StoredMeasurement } from '@streamgauge/contract'
import {
  ABSENT,
  formatBitrate,
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatRatio,
} from '../figures/format.ts'

/** A group of the record's fields, as the design groups them. */
export interface FieldGroup {
  readonly name: string
  readonly fields: readonly (keyof StoredMeasurement)[]
}

/** The whole record but its series, which are drawn. */
export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    name: 'Identity',
    fields: [
      'measurement_id',
      'agent_id',
      'target_id',
      'node_id',
      'stream_id',
      'route',
      'provider',
      'transport',
      'http_version',
      'format',
      'kind',
      'pair_id',
      'pair_position',
      'started_at',
      'wall_ms',
      'agent_version',
      'simulated',
    ],
  },
  { name: 'Where', fields: ['country', 'isp', 'asn', 'node_country', 'received_at'] },
  {
    name: 'Phases',
    fields: [
      'redirect_ms',
      'redirect_count',
      'dns_ms',
      'connect_ms',
      'tls_ms',
      'handshake_ms',
      'wait_ms',
      'ttfb_ms',
      'first_frame_ms',
      'startup_ms',
      'key_frame_wait_ms',
      'tls_version',
      'resumed',
      'zero_rtt',
      'retry',
    ],
  },
  {
    name: 'Playback',
    fields: [
      'played_ms',
      'stall_ms',
      'stall_count',
      'stall_max_ms',
      'policy_start_ms',
      'policy_resume_ms',
      'live_latency_ms',
    ],
  },
  { name: 'Transfer', fields: ['bytes', 'media_ms', 'media_bitrate_bps', 'throughput_bps'] },
  {
    name: 'Path',
    fields: [
      'rtt_ms',
      'rtt_min_ms',
      'rtt_var_ms',
      'retransmit_count',
      'loss_ratio',
      'out_of_order_count',
      'ecn',
      'http3_advertised',
      'server_ip',
      'server_asn',
    ],
  },
  { name: 'Outcome', fields: ['failure_code', 'failure_source', 'http_status'] },
  {
    name: 'Instrument',
    fields: ['loop_lag_ms', 'cpu_ratio', 'cpu_steal_ratio', 'clock_offset_ms', 'clock_error_ms', 'taints'],
  },
]

/** One field's value as text, in the unit its name carries. `null` is a dash: not reached, or not measurable. */
export function fieldText(name: keyof StoredMeasurement, value: StoredMeasurement[typeof name]): string {
  if (value === null) return ABSENT
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  if (typeof value === 'string') return name.endsWith('_at') ? formatInstant(value) : value
  if (typeof value !== 'number') return JSON.stringify(value)
  if (name.endsWith('_ms')) return formatDuration(value)
  if (name.endsWith('_bps')) return formatBitrate(value)
  if (name.endsWith('_ratio')) return formatRatio(value)
  if (name === 'bytes') return formatBytes(value)
  if (name.endsWith('asn')) return `AS${value}`
  return name.endsWith('_count') ? formatCount(value) : String(value)
}
