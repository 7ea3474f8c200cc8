import type { Fleet, OverviewRow, Transport } from '@streamgauge/contract'
import type { OverviewMetric } from '../figures/metrics.ts'

/** A target with its figures; `row` is `null` when no run of it began in the window. */
export interface TargetEntry {
  readonly target_id: string
  readonly transport: Transport
  readonly row: OverviewRow | null
  /** No TLS: its connect time is not to be compared with an encrypted one's. */
  readonly cleartext: boolean
}

/** The targets that differ in nothing but the transport, TCP before QUIC: what stands side by side. */
export interface TargetGroup {
  readonly key: string
  readonly stream_id: string
  readonly node_id: string
  readonly route: string
  readonly provider: string
  readonly format: string
  readonly entries: readonly TargetEntry[]
}

/** What a reader has asked to see. */
export interface TargetFilter {
  readonly text: string
  readonly transport: Transport | 'both'
}

/** What the groups are ordered by. */
export interface TargetOrder {
  readonly by: 'name' | OverviewMetric
  readonly descending: boolean
}

type FleetTarget = Fleet['targets'][number]
type Identity = Omit<TargetGroup, 'key' | 'entries'> & {
  readonly target_id: string
  readonly transport: Transport
}

/** Every target of the fleet and of the overview, grouped. A target that left the fleet keeps its figures. */
export function groupTargets(
  targets: Fleet['targets'],
  rows: readonly OverviewRow[],
): readonly TargetGroup[] {
  const byTarget = new Map(rows.map((row) => [row.target_id, row]))
  const cleartext = new Set(targets.filter(isCleartext).map((target) => target.target_id))
  const known = new Map<string, Identity>()
  for (const one of [...rows, ...targets]) known.set(one.target_id, one)
  const groups = new Map<string, { group: Omit<TargetGroup, 'entries'>; entries: TargetEntry[] }>()
  for (const one of known.values()) {
    const key = groupKey(one)
    const { stream_id, node_id, route, provider, format } = one
    const found = groups.get(key) ?? {
      group: { key, stream_id, node_id, route, provider, format },
      entries: [],
    }
    const { target_id, transport } = one
    const row = byTarget.get(target_id) ?? null
    found.entries.push({ target_id, transport, row, cleartext: cleartext.has(target_id) })
    groups.set(key, found)
  }
  return [...groups.values()].map(({ group, entries }) => ({ ...group, entries: entries.sort(byTransport) }))
}

/** The target that differs from this one in the transport alone; `null`: there is none. Cleartext has none. */
export function siblingOf<T extends Identity & Pick<FleetTarget, 'url'>>(
  target: T,
  targets: readonly T[],
): T | null {
  const key = groupKey(target)
  if (isCleartext(target)) return null
  const isSibling = (one: T) =>
    one.transport !== target.transport && !isCleartext(one) && groupKey(one) === key
  return targets.find(isSibling) ?? null
}

/** Whether a target is pulled without TLS. */
export function isCleartext(target: Pick<FleetTarget, 'url'>): boolean {
  return target.url.startsWith('http:')
}

/** Keeps what matches every word of the text (in stream, node, route, provider, format or target) and the transport. */
export function filterGroups(groups: readonly TargetGroup[], filter: TargetFilter): readonly TargetGroup[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const kept: TargetGroup[] = []
  for (const group of groups) {
    const entries = group.entries.filter(
      (entry) =>
        (filter.transport === 'both' || entry.transport === filter.transport) &&
        words.every((word) => haystack(group, entry).includes(word)),
    )
    if (entries.length > 0) kept.push({ ...group, entries })
  }
  return kept
}

/** Orders groups by their smallest member (their largest when descending); what has no figure comes last either way. */
export function orderGroups(groups: readonly TargetGroup[], order: TargetOrder): readonly TargetGroup[] {
  const { by, descending } = order
  const sign = descending ? -1 : 1
  const byName = (a: TargetGroup, b: TargetGroup) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  if (by === 'name') return [...groups].sort((a, b) => sign * byName(a, b))
  const figures = new Map(groups.map((group) => [group.key, extreme(group, by, descending)]))
  return [...groups].sort((a, b) => {
    const x = figures.get(a.key) ?? null
    const y = figures.get(b.key) ?? null
    if (x === null || y === null) return x === y ? byName(a, b) : x === null ? 1 : -1
    return sign * (x - y) || byName(a, b)
  })
}

function extreme(group: TargetGroup, by: OverviewMetric, descending: boolean): number | null {
  const values = group.entries.map((entry) => entry.row?.[by].value ?? null).filter((value) => value !== null)
  if (values.length === 0) return null
  return descending ? Math.max(...values) : Math.min(...values)
}

function groupKey(one: Omit<TargetGroup, 'key' | 'entries'>): string {
  return [one.node_id, one.stream_id, one.route, one.provider, one.format].join(' ')
}

function haystack(group: TargetGroup, entry: TargetEntry): string {
  return `${group.key} ${entry.target_id} ${entry.transport}`.toLowerCase()
}

function byTransport(a: TargetEntry, b: TargetEntry): number {
  if (a.transport !== b.transport) return a.transport === 'tcp' ? -1 : 1
  return a.target_id < b.target_id ? -1 : 1
}
