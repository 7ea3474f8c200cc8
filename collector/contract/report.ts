import { type Static, Type } from 'typebox'
import { Http3Advertised } from './measurement.ts'
import { Country, Format, Id, Timestamp, Transport } from './words.ts'

const number = () => Type.Union([Type.Number(), Type.Null()])

/**
 * A figure with its 95 % interval and its sample size. `value` is `null` when there is nothing to tell it from;
 * `low` and `high` are `null` when the sample is too small to say how sure it is.
 */
export const Estimate = Type.Object(
  { value: number(), low: number(), high: number(), n: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
export type Estimate = Static<typeof Estimate>

/** What can be compared or drawn over time; each is defined in `queries/README.md`. */
export const Metric = Type.Union([
  Type.Literal('handshake_ms'),
  Type.Literal('ttfb_ms'),
  Type.Literal('first_frame_ms'),
  Type.Literal('startup_ms'),
  Type.Literal('stall_ratio'),
  Type.Literal('success_ratio'),
])
export type Metric = Static<typeof Metric>

/** The half-open window `[from, to)` over `started_at` that a report covers. */
export const Window = { from: Timestamp, to: Timestamp }

/**
 * What an answer was read from: every run (`raw`), or sums and buckets per minute (`minute`) or per hour and more (`hour`):
 * medians about 1 % off, see the data dictionary, their intervals made wider by as much.
 */
export const Source = Type.Union([Type.Literal('raw'), Type.Literal('minute'), Type.Literal('hour')])
export type Source = Static<typeof Source>

/** One target's health in a window. Tainted runs are counted, and in nothing else. */
export const OverviewRow = Type.Object(
  {
    target_id: Id,
    node_id: Id,
    stream_id: Id,
    route: Id,
    provider: Id,
    transport: Transport,
    format: Format,
    /** Untainted runs; the denominator of `success_ratio`. */
    runs_count: Type.Integer({ minimum: 0 }),
    /** Untainted runs in which playback started; what `stall_ratio` sums over. */
    started_count: Type.Integer({ minimum: 0 }),
    failed_count: Type.Integer({ minimum: 0 }),
    tainted_count: Type.Integer({ minimum: 0 }),
    success_ratio: Estimate,
    handshake_ms: Estimate,
    first_frame_ms: Estimate,
    stall_ratio: Estimate,
    last_started_at: Timestamp,
    /**
     * How a client would have learnt of HTTP/3 here, as last seen in the window: apart from how the target does when
     * QUIC is forced. `null`: not looked at.
     */
    http3_advertised: Type.Union([Http3Advertised, Type.Null()]),
  },
  { additionalProperties: false },
)
export type OverviewRow = Static<typeof OverviewRow>

/** `GET /v1/reports/overview`: every target with a run in the window, which is as wide as what it was read from. */
export const Overview = Type.Object(
  { ...Window, source: Source, rows: Type.Array(OverviewRow) },
  { additionalProperties: false },
)
export type Overview = Static<typeof Overview>

/** `GET /v1/reports/timeseries`: one metric per bucket and target. Buckets without a run are left out. */
export const Timeseries = Type.Object(
  {
    ...Window,
    source: Source,
    metric: Metric,
    bucket_s: Type.Integer({ minimum: 1 }),
    series: Type.Array(
      Type.Object(
        {
          target_id: Id,
          transport: Transport,
          points: Type.Array(
            Type.Object({ at: Timestamp, ...Estimate.properties }, { additionalProperties: false }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Timeseries = Static<typeof Timeseries>

/** What two arms of a comparison may differ in. */
export const CompareBy = Type.Union([
  Type.Literal('transport'),
  Type.Literal('route'),
  Type.Literal('provider'),
  Type.Literal('node_id'),
  Type.Literal('period'),
])
export type CompareBy = Static<typeof CompareBy>

/** Never a bare percentage: a comparison ends in one of these. */
export const Verdict = Type.Union([
  Type.Literal('better'),
  Type.Literal('worse'),
  Type.Literal('equivalent'),
  Type.Literal('insufficient data'),
])
export type Verdict = Static<typeof Verdict>

/** `GET /v1/reports/comparison`: B against A. */
export const Comparison = Type.Object(
  {
    ...Window,
    /**
     * `raw`: all runs, or of many (agent, hour) blocks those of lowest hash. `sample`: the same of a quarter of all blocks,
     * where the window has too many runs for raw.
     */
    source: Type.Union([Type.Literal('raw'), Type.Literal('sample')]),
    by: CompareBy,
    metric: Metric,
    a: Type.String(),
    b: Type.String(),
    a_estimate: Estimate,
    b_estimate: Estimate,
    /** `(b - a) / a` of the two values; for `success_ratio` the difference `b - a`. */
    change: Estimate,
    /** Pairs with one half in each arm; of the sample, those it has. */
    pairs_count: Type.Integer({ minimum: 0 }),
    /** Independent (agent, hour) blocks the interval rests on. */
    blocks_count: Type.Integer({ minimum: 0 }),
    verdict: Verdict,
    /** Why the verdict is what it is, in one sentence. */
    reason: Type.String(),
  },
  { additionalProperties: false },
)
export type Comparison = Static<typeof Comparison>

/** What stands along the columns of a heat map; along its rows stand vantages. */
export const HeatmapColumns = Type.Union([Type.Literal('node_id'), Type.Literal('node_country')])
export type HeatmapColumns = Static<typeof HeatmapColumns>

/** `GET /v1/reports/heatmap`: one metric per vantage and node, or country of nodes. Cells without a run of it are left out. */
export const Heatmap = Type.Object(
  {
    ...Window,
    source: Source,
    metric: Metric,
    columns: HeatmapColumns,
    cells: Type.Array(
      Type.Object(
        { country: Country, isp: Type.String(), column: Type.String(), ...Estimate.properties },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Heatmap = Static<typeof Heatmap>

/** The metrics that are a time of each run. */
export const TimeMetric = Type.Union([
  Type.Literal('handshake_ms'),
  Type.Literal('ttfb_ms'),
  Type.Literal('first_frame_ms'),
  Type.Literal('startup_ms'),
])
export type TimeMetric = Static<typeof TimeMetric>

/** What a distribution may be grouped by. */
export const DistributionBy = Type.Union([
  Type.Literal('transport'),
  Type.Literal('route'),
  Type.Literal('provider'),
  Type.Literal('node_id'),
  Type.Literal('country'),
  Type.Literal('isp'),
])
export type DistributionBy = Static<typeof DistributionBy>

/** `GET /v1/reports/distribution`: how a time is distributed per group; at most the 200 groups with most runs. */
export const Distribution = Type.Object(
  {
    ...Window,
    source: Source,
    metric: TimeMetric,
    by: DistributionBy,
    groups: Type.Array(
      Type.Object(
        {
          label: Type.String(),
          n: Type.Integer({ minimum: 1 }),
          /** In ms, between the two nearest runs; from hours, the middle of a bucket. */
          quantiles: Type.Object(
            {
              p5: Type.Number(),
              p25: Type.Number(),
              p50: Type.Number(),
              p75: Type.Number(),
              p90: Type.Number(),
              p95: Type.Number(),
              p99: Type.Number(),
            },
            { additionalProperties: false },
          ),
          /** Four to a doubling, the same for every group; empty ones are left out. The lowest holds whatever is less. */
          bins: Type.Array(
            Type.Object(
              { from_ms: Type.Number(), to_ms: Type.Number(), count: Type.Integer({ minimum: 1 }) },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Distribution = Static<typeof Distribution>
