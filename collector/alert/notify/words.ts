import type { Decision, Incident, IncidentEvidence } from '@streamgauge/contract'
import type { Message } from '../message.ts'

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region' })
const TRANSPORTS = { tcp: 'TCP', quic: 'QUIC' } as const
/** What is the matter with so many of so many; a signal that is not here says its name. */
const SIGNALS: Readonly<Record<string, string>> = {
  failed: 'runs failed',
  slow: 'runs were slow to connect',
  slow_start: 'runs were slow to start',
  stalled: 'runs stalled',
  silent: 'agents are silent',
}

/** An incident or a decision, as chats and mails show it. */
export interface Item {
  readonly title: string
  /** What else is to be said, a fact a line. */
  readonly facts: readonly string[]
  /** Where to look; `null`: nobody said where that is. */
  readonly link: string | null
}

/** What a message is about, in its order. */
export function itemsOf(
  { incidents, decisions }: Pick<Message, 'incidents' | 'decisions'>,
  dashboardUrl: string | null,
): Item[] {
  return [
    ...incidents.map((one) => ({
      ...{ title: titleOf(one), facts: factsIn(one), link: linkOf(one, dashboardUrl) },
    })),
    ...decisions.map((one) => ({
      ...{ title: decisionTitle(one), facts: decisionFacts(one), link: linkOf(undefined, dashboardUrl) },
    })),
  ]
}

/** What an incident covers: `AIS in Thailand (TH) to node sin-1 by route public over QUIC`. */
export function scopeOf({ scope }: { readonly scope: Pick<Incident['scope'], 'where'> }): string {
  const { country, isp, agent_id, provider, node_id, route, transport } = scope.where
  const land = country === undefined ? null : `${REGIONS.of(country) ?? country} (${country})`
  const words = [
    agent_id !== undefined && `agent ${agent_id}`,
    isp !== undefined && (land === null ? `ISP ${isp}` : `${isp === '*' ? 'other ISPs' : isp} in ${land}`),
    isp === undefined && land,
    provider !== undefined && `to provider ${provider}`,
    node_id !== undefined && `to node ${node_id}`,
    route !== undefined && `by route ${route}`,
    transport !== undefined && `over ${TRANSPORTS[transport]}`,
  ].filter((word) => typeof word === 'string')
  return words.length === 0 ? 'everything' : words.join(' ')
}

/** `CRITICAL open: AIS in Thailand (TH)`. */
export function titleOf(incident: Incident): string {
  return `${incident.severity.toUpperCase()} ${incident.state}: ${scopeOf(incident)}`
}

/** `MOVED: AIS in Thailand (TH) from sin-1 to bkk-edge-1`, or what came of it: `HELPED: ...`. */
export function decisionTitle(decision: Decision): string {
  const { country, isp, from_node_id, to_node_id, verdict, dry_run } = decision
  const what = verdict?.toUpperCase() ?? (dry_run ? 'WOULD MOVE' : 'MOVED')
  const from = from_node_id === null ? '' : ` from ${from_node_id}`
  return `${what}: ${scopeOf({ scope: { where: { country, isp } } })}${from} to ${to_node_id}`
}

/** `FIRING 2, RESOLVED 1`, `3 steering decisions`, or the title of the only one. */
export function headlineOf({ incidents, decisions }: Pick<Message, 'incidents' | 'decisions'>): string {
  const [first] = incidents
  const [decision] = decisions
  if (decision !== undefined)
    return decisions.length === 1 ? decisionTitle(decision) : `${decisions.length} steering decisions`
  if (first !== undefined && incidents.length === 1) return titleOf(first)
  const resolved = incidents.filter(({ state }) => state === 'closed').length
  const firing = incidents.length - resolved
  return [firing > 0 && `FIRING ${firing}`, resolved > 0 && `RESOLVED ${resolved}`].filter(Boolean).join(', ')
}

/**
 * What else is to be said of an incident, a fact a line: the summary, what it does not say of the objective and of how much is
 * bad, since when, how many agents agree.
 */
export function factsIn(incident: Incident): string[] {
  const { summary, objective, evidence, agents_count, started_at, detected_at, ended_at } = incident
  const unsaid = evidence.filter(
    ({ bad_count, runs_count }) => !summary.includes(`${bad_count} of ${runs_count}`),
  )
  const agents = agents_count === 1 ? '1 agent' : `${agents_count} agents`
  return [
    ...(summary === '' ? [] : [summary]),
    ...(objective === null || summary.includes(objective) ? [] : [`objective ${objective} is not kept`]),
    ...unsaid.map(badOf),
    `since ${momentOf(started_at)}, found ${momentOf(detected_at)}${agents_count === 0 ? '' : ` by ${agents}`}`,
    ...(ended_at === null ? [] : [`ended ${momentOf(ended_at)}`]),
  ]
}

/** Why a cell was moved, when, and what that did to it. */
function decisionFacts({ reason, effect, decided_at }: Decision): string[] {
  const share = (value: number) => value.toFixed(3)
  return [
    ...(reason === '' ? [] : [reason]),
    ...(effect === null
      ? []
      : [
          `a run costs ${share(effect.gain)} less (${share(effect.low)} to ${share(effect.high)}, ${effect.pairs_count} pairs)`,
        ]),
    `decided ${momentOf(decided_at)}`,
  ]
}

/** Where to look: the incident's page, or the dashboard; `null`: nobody said where that is. */
export function linkOf(incident: Incident | undefined, dashboardUrl: string | null): string | null {
  if (dashboardUrl === null) return null
  return incident === undefined ? `${dashboardUrl}/` : `${dashboardUrl}/#/incidents/${incident.incident_id}`
}

/** As many items as fit one after another, and how many do not. A first one that is too long by itself is cut. */
export function fitting(items: readonly string[], separator: string, bytesMax: number): string {
  const more = (count: number) => (count === 0 ? '' : `${separator}and ${count} more`)
  for (let count = items.length; count > 0; count -= 1) {
    const text = `${items.slice(0, count).join(separator)}${more(items.length - count)}`
    if (Buffer.byteLength(text) <= bytesMax) return text
  }
  const rest = more(items.length - 1)
  return `${cut(items[0] ?? '', bytesMax - Buffer.byteLength(rest))}${rest}`
}

/** The longest beginning of a text that takes at most so many bytes of UTF-8, with an ellipsis where something is missing. */
export function cut(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text
  let end = ''
  let left = bytesMax - Buffer.byteLength('…')
  for (const character of text) {
    left -= Buffer.byteLength(character)
    if (left < 0) break
    end += character
  }
  return `${end}…`
}

/** `31 of 40 runs stalled, 1.5 expected`. */
function badOf({ signal, bad_count, runs_count, expected_count }: IncidentEvidence): string {
  const expected = signal === 'silent' ? '' : `, ${Number(expected_count.toFixed(1))} expected`
  return `${bad_count} of ${runs_count} ${SIGNALS[signal] ?? `runs: ${signal}`}${expected}`
}

/** `2026-11-22 10:00:00 UTC`. */
function momentOf(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC`
}
