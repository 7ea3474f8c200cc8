/** What the dashboard asks, as paths of the API. */
export interface Case {
  readonly name: string
  readonly window: string
  /** The path of one round, asked now. */
  readonly path: (round: number) => string
}

/** What there is to ask about, taken from the data itself, the busiest first. */
export interface Subjects {
  readonly targets: readonly { readonly target_id: string; readonly node_id: string }[]
  readonly measurements: readonly Readonly<Record<string, unknown>>[]
}

const METRICS = ['handshake_ms', 'ttfb_ms', 'first_frame_ms', 'startup_ms', 'stall_ratio', 'success_ratio']
const WINDOWS = [
  { name: '15 min', ms: 900_000, bucket_s: 30 },
  { name: '1 h', ms: 3_600_000, bucket_s: 120 },
  { name: '6 h', ms: 21_600_000, bucket_s: 600 },
  { name: '24 h', ms: 86_400_000, bucket_s: 3_600 },
  { name: '7 d', ms: 604_800_000, bucket_s: 10_800 },
  { name: '30 d', ms: 2_592_000_000, bucket_s: 86_400 },
]
const FILTERS = [
  'agent_id',
  'node_id',
  'target_id',
  'stream_id',
  'country',
  'isp',
  'transport',
  'route',
  'kind',
]

/** Every query of the dashboard at every window. */
export function casesOf(subjects: Subjects): Case[] {
  const { targets, measurements } = subjects
  const target = (round: number) => targets[(round * 7) % targets.length] ?? { target_id: '', node_id: '' }
  const reports = WINDOWS.flatMap(({ name, ms, bucket_s }): Case[] => {
    // Up to now, as a page that is open asks.
    const window = () => {
      const to = Date.now()
      return `from=${new Date(to - ms).toISOString()}&to=${new Date(to).toISOString()}`
    }
    const one = (what: string, query: (round: number) => string): Case => ({
      name: what,
      window: name,
      path: (round) => `/v1/reports/${query(round)}&${window()}`,
    })
    return [
      one('overview', () => 'overview?'),
      ...METRICS.map((metric) =>
        one(
          `time series, ${metric}`,
          (round) =>
            `timeseries?metric=${metric}&bucket_s=${bucket_s}&target_id=${encodeURIComponent(target(round).target_id)}`,
        ),
      ),
      ...METRICS.map((metric) => one(`heatmap, ${metric}`, () => `heatmap?metric=${metric}`)),
      ...METRICS.slice(0, 4).map((metric) =>
        one(`distribution, ${metric}`, () => `distribution?metric=${metric}&by=transport`),
      ),
      ...METRICS.map((metric) =>
        one(`comparison of all, ${metric}`, () => `comparison?metric=${metric}&by=transport&a=tcp&b=quic`),
      ),
      ...METRICS.map((metric) =>
        one(
          `comparison of a node, ${metric}`,
          (round) =>
            `comparison?metric=${metric}&by=transport&a=tcp&b=quic&node_id=${encodeURIComponent(target(round).node_id)}`,
        ),
      ),
    ]
  })
  const measurement = (round: number) => measurements[(round * 7) % measurements.length] ?? {}
  const list = (what: string, path: (round: number) => string): Case => ({ name: what, window: 'ever', path })
  return [
    ...reports,
    list('list', () => '/v1/measurements?limit=50'),
    list('list of failures', () => '/v1/measurements?limit=50&failure=any'),
    ...FILTERS.map((filter) =>
      list(
        `list by ${filter}`,
        (round) =>
          `/v1/measurements?limit=50&${filter}=${encodeURIComponent(String(measurement(round)[filter]))}`,
      ),
    ),
    list('one measurement', (round) => `/v1/measurements/${measurement(round).measurement_id}`),
    list('agents', () => '/v1/fleet'),
  ]
}
