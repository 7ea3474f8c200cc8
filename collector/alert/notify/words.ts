import type { Incident, IncidentEvidence } from '@streamgauge/contract'

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

/** What an incident covers: `AIS in Thailand (TH) to node sin-1 by route public over QUIC`. */
export function scopeOf({ scope }: Incident): string {
  const { country, isp, agent_id, provider, node_id, route, transport } = scope.where
  const land = country === undefined ? null : `${REGIONS.of(country) ?? country} (${country})`
  const words = [
    agent_id !== undefined && `agent ${agent_id}`,
    isp !== undefined && (land === null ? `ISP ${isp}` : `${isp} in ${land}`),
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

/** `FIRING 2, RESOLVED 1`, or the title of the only one. */
export function headlineOf(incidents: readonly Incident[]): string {
  const [first] = incidents
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
