import type { AlertMatch } from '@streamgauge/contract'

/** What a rule or a silence chooses by, as people call it, in the order in which it is shown. */
export const MATCH_NAMES = {
  severity: 'severity',
  kind: 'kind of scope',
  key: 'scope',
  objective: 'objective',
  country: 'country',
  isp: 'ISP',
  agent_id: 'agent',
  provider: 'provider',
  node_id: 'node',
  route: 'route',
  transport: 'transport',
} as const satisfies Record<keyof AlertMatch, string>

const KEYS = Object.keys(MATCH_NAMES) as (keyof AlertMatch)[]

/** Which incidents a rule or a silence is for: `country TH or VN, transport quic`. */
export function matchText(match: AlertMatch): string {
  const words = KEYS.flatMap((key) => {
    const wanted: readonly string[] | undefined = match[key]
    return wanted === undefined ? [] : [`${MATCH_NAMES[key]} ${wanted.join(' or ')}`]
  })
  return words.length === 0 ? 'every incident' : words.join(', ')
}
