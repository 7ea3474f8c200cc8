import type { Fleet, Scope } from '@streamgauge/contract'

type FleetTarget = Fleet['targets'][number]

/** The targets that a scope names by node, provider, route or transport; none where it names none of these. */
export function targetsOf({ where }: Scope, targets: readonly FleetTarget[]): readonly FleetTarget[] {
  const { node_id, provider, route, transport } = where
  const named = Object.entries({ node_id, provider, route, transport }).filter(
    (entry): entry is [keyof FleetTarget, string] => entry[1] !== undefined,
  )
  if (named.length === 0) return []
  return targets.filter((target) => named.every(([name, value]) => target[name] === value))
}
