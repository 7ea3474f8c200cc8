import type { Query } from '../api/client.ts'

/** What came of the decisions that are listed. */
export const CHOICES = {
  all: 'all',
  helped: 'helped',
  'no difference': 'made no difference',
  hurt: 'hurt',
  none: 'not judged',
} as const

/** What the collector is asked for: `TH` is a country, `TH/AIS` a cell, anything else a node. */
export function queryOf(find: string, choice: string): Query {
  const [, country = '', isp = ''] = /^([A-Za-z]{2})(?:\/(.+))?$/.exec(find) ?? []
  return {
    country: country === '' ? null : [country.toUpperCase()],
    isp: isp === '' ? null : [isp],
    node_id: country !== '' || find === '' ? null : [find],
    verdict: choice === 'all' || !Object.hasOwn(CHOICES, choice) ? null : [choice],
  }
}
