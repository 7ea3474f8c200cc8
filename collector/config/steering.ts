import { Country, Id } from '@streamgauge/contract'
import { type Static, Type } from 'typebox'
import { USUAL_WEIGHTS } from '../steer/cost.ts'
import { USUAL_POLICY } from '../steer/policy.ts'
import type { SteeringRules } from '../steer/rules.ts'
import { DnsEntry } from './dns.ts'

const closed = { additionalProperties: false }
const share = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))
const seconds = Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 }))
const weight = Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 }))
const Isp = Type.String({ minLength: 1, maxLength: 128 })

/** Where viewers are sent, and how carefully. */
export const SteeringEntry = Type.Object(
  {
    mode: Type.Optional(Type.Union([Type.Literal('on'), Type.Literal('dry-run'), Type.Literal('off')])),
    margin: share,
    margin_ratio: share,
    dwell_s: seconds,
    warm_up_s: seconds,
    patience_s: seconds,
    step_ratio: share,
    weights: Type.Optional(
      Type.Object(
        {
          failure: weight,
          stall: weight,
          startup_s: weight,
          handshake_s: weight,
          same_isp: weight,
          unmeasured: weight,
        },
        closed,
      ),
    ),
    nodes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            node_id: Id,
            /** Put on its cost for everybody. */
            extra_cost: Type.Optional(Type.Number({ minimum: -10, maximum: 10 })),
            drained: Type.Optional(Type.Boolean()),
            maintenance: Type.Optional(
              Type.Array(
                Type.Object(
                  { from: Type.String({ maxLength: 40 }), to: Type.String({ maxLength: 40 }) },
                  closed,
                ),
                { maxItems: 100 },
              ),
            ),
          },
          closed,
        ),
        { maxItems: 10_000 },
      ),
    ),
    demand: Type.Optional(
      Type.Array(
        Type.Object({ country: Country, isp: Isp, bps: Type.Number({ minimum: 0, maximum: 1e15 }) }, closed),
        { maxItems: 10_000 },
      ),
    ),
    pins: Type.Optional(
      Type.Array(Type.Object({ country: Country, isp: Isp, node_id: Id }, closed), { maxItems: 10_000 }),
    ),
    dns: Type.Optional(DnsEntry),
  },
  closed,
)
export type SteeringEntry = Static<typeof SteeringEntry>

/** Rules with everything filled in. `refuse` is told of the first that makes no sense, and throws. */
export function fillSteering(
  entry: SteeringEntry,
  nodeIds: ReadonlySet<string>,
  refuse: (problem: string) => never,
): SteeringRules {
  const { mode = 'on', weights = {}, nodes = [], demand = [], pins = [], dns: _, ...policy } = entry
  const known = (at: string, id: string) => {
    if (!nodeIds.has(id)) refuse(`steering.${at}.node_id: no node '${id}'`)
  }
  const once = (at: string, keys: readonly string[]) => {
    const twice = keys.find((key, index) => keys.indexOf(key) < index)
    if (twice !== undefined) refuse(`steering.${at}: '${twice}' is there twice`)
  }
  const cellOf = ({ country, isp }: { country: string; isp: string }) => `${country}/${isp}`
  for (const [index, { node_id }] of nodes.entries()) known(`nodes[${index}]`, node_id)
  for (const [index, { node_id }] of pins.entries()) known(`pins[${index}]`, node_id)
  once(
    'nodes',
    nodes.map(({ node_id }) => node_id),
  )
  once('demand', demand.map(cellOf))
  once('pins', pins.map(cellOf))
  return {
    mode,
    policy: { ...USUAL_POLICY, ...policy },
    weights: { ...USUAL_WEIGHTS, ...weights },
    nodes: new Map(
      nodes.map(({ node_id, extra_cost = 0, drained = false, maintenance = [] }, index) => [
        node_id,
        {
          extra_cost,
          drained,
          maintenance: maintenance.map(({ from, to }, number) => {
            const [from_ms, to_ms] = [Date.parse(from), Date.parse(to)]
            if (!(from_ms < to_ms))
              refuse(`steering.nodes[${index}].maintenance[${number}]: two ISO times, the earlier first`)
            return { from_ms, to_ms }
          }),
        },
      ]),
    ),
    demand: new Map(demand.map((one) => [cellOf(one), one.bps])),
    pins: new Map(pins.map((one) => [cellOf(one), one.node_id])),
  }
}
