import { type Static, Type } from 'typebox'

const text = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 200, description }))

/** The filters every list, report and export takes; a parameter may be repeated, and matches any of its values. */
export const filterParameters = {
  agent_id: text('agents'),
  node_id: text('nodes'),
  target_id: text('targets'),
  stream_id: text('streams'),
  country: text("ISO 3166-1 alpha-2 of the vantage; 'ZZ': not known"),
  isp: text('ISP of the vantage'),
  transport: text('tcp or quic'),
  route: text('routes'),
  format: text('flv, hls, ll-hls or none'),
  kind: text('stream or connect'),
  failure: text("failure codes, or 'any' or 'none'"),
}

const FilterValues = Type.Object(filterParameters)

/** Values per filter; one that is left out does not filter. */
export type Filter = Static<typeof FilterValues>

/** A half-open window over `started_at`, in ms since the epoch. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Everything that can be: what a list covers when nobody says otherwise. */
export const ALWAYS: Span = { from: Date.UTC(1970, 0), to: Date.UTC(2200, 0) }

/** The SQL parameters of a filter and a window. */
export function filterParams(filter: Filter, span: Span): Record<string, unknown> {
  return {
    from: sqlTime(span.from),
    to: sqlTime(span.to),
    agent_id: filter.agent_id ?? [],
    node_id: filter.node_id ?? [],
    target_id: filter.target_id ?? [],
    stream_id: filter.stream_id ?? [],
    country: filter.country ?? [],
    isp: filter.isp ?? [],
    transport: filter.transport ?? [],
    route: filter.route ?? [],
    format: filter.format ?? [],
    kind: filter.kind ?? [],
    failure: filter.failure ?? [],
  }
}

/** A time as a DateTime64(3, 'UTC') parameter takes it: ISO 8601 without the `Z`. */
export function sqlTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, -1)
}
