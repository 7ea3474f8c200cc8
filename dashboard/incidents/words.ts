import type { Diagnosis, Incident, Scope } from '@streamgauge/contract'
import { capitalised, TRANSPORT_NAMES } from '../figures/words.ts'

type Signal = Incident['evidence'][number]['signal']

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region' })

/** A severity's word and its shape, so that it is never told by colour alone. */
export const SEVERITIES: Readonly<Record<Incident['severity'], { word: string; sign: string }>> = {
  critical: { word: 'critical', sign: '◆' },
  warning: { word: 'warning', sign: '▲' },
  info: { word: 'info', sign: '●' },
}

/** What each state means, in one plain sentence. */
export const STATES: Readonly<Record<Incident['state'], string>> = {
  open: 'It goes on as it was when it was found.',
  worsening: 'Half as bad again as when it was found.',
  recovering: 'Little or nothing is left of it; it is closed when that lasts.',
  closed: 'It is over.',
}

/** What is the matter with so many of so many runs, or agents. */
export const SIGNALS: Readonly<Record<Signal, { what: string; meaning: string }>> = {
  failed: {
    what: 'runs failed',
    meaning:
      'A run that ended with a failure of the target or the path; the agent’s own failures do not count.',
  },
  slow: {
    what: 'runs were slow to connect',
    meaning:
      'Connect time above the median of the same agent, node, route and transport by 20 %, by 5 ms and by five deviations; of an objective: above its limit.',
  },
  slow_start: {
    what: 'runs were slow to start',
    meaning:
      'From connected to the first picture that plays it took longer than the median of the same agent, node, route and transport, by 20 %, by 5 ms and by five deviations.',
  },
  stalled: {
    what: 'runs stalled',
    meaning: 'Playback stood still for more than 2 % of the time it was watched.',
  },
  silent: {
    what: 'agents are silent',
    meaning: 'Nothing came in from the agent for twice its longest pause of late, for three rounds.',
  },
}

/** What one agent's diagnosis comes to, in one plain sentence. */
export const CONCLUSIONS: Readonly<Record<Diagnosis['conclusion'], string>> = {
  node: 'The node: no transport connects to it from here, and another node can be reached.',
  quic: 'QUIC alone: it does not connect to the node, TCP does.',
  tcp: 'TCP alone: it does not connect to the node, QUIC does.',
  agent: 'This agent’s own network: neither the node nor another one can be connected to.',
  intermittent: 'On and off: some runs connect to the node and some do not.',
  connects: 'Everything connects: what is wrong shows after the handshake, or is over.',
  unknown: 'Not known: there was nothing to compare with.',
  unreachable: 'Not known: the agent did not answer the collector.',
}

/** What an incident covers: `AIS in Thailand (TH) to node sin-1 by route public over QUIC`. */
export function scopeText({ where }: Scope): string {
  const { country, isp, agent_id, provider, node_id, route, transport } = where
  const land = country === undefined ? undefined : countryText(country)
  const words = [
    agent_id === undefined ? undefined : `agent ${agent_id}`,
    isp === undefined ? land : land === undefined ? `ISP ${isp}` : `${isp} in ${land}`,
  ].filter((word) => word !== undefined)
  const add = (alone: string, after: string) => words.push(words.length === 0 ? alone : after)
  if (provider !== undefined) add(`provider ${provider}`, `to provider ${provider}`)
  if (node_id !== undefined) add(`node ${node_id}`, `to node ${node_id}`)
  if (route !== undefined) add(`route ${route}`, `by route ${route}`)
  if (transport !== undefined) {
    const name = TRANSPORT_NAMES[transport]
    add(`everything over ${name}`, `over ${name}`)
  }
  const text = words.length === 0 ? 'everything' : words.join(' ')
  // What somebody was called is not changed.
  return agent_id !== undefined || isp === undefined ? capitalised(text) : text
}

/** A country's name and code: `Thailand (TH)`. */
export function countryText(code: string): string {
  return `${REGIONS.of(code) ?? code} (${code})`
}
