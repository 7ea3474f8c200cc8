import type { Decision } from '@streamgauge/contract'
import { countryText } from '../incidents/words.ts'

/** Viewers of a country whose ISP no agent is in, and viewers whose country nobody knows, as the collector calls them. */
const ANY_ISP = '*'
const ANY_COUNTRY = 'ZZ'

/** Why a cell was moved, in one plain sentence. */
export const MOTIVES: Readonly<Record<Decision['motive'], string>> = {
  first: 'It was sent nowhere before.',
  pinned: 'An operator sent it there.',
  gone: 'Where it was is drained, in maintenance, without capacity or no longer configured.',
  ill: 'An incident says that where it was is ill for it.',
  better: 'Elsewhere it costs less, by more than the margin.',
  hurt: 'The move before made it worse, and was taken back.',
}

/** How a motive is called where there is little room. */
export const MOTIVE_NAMES: Readonly<Record<Decision['motive'], string>> = {
  first: 'first',
  pinned: 'pinned',
  gone: 'gone',
  ill: 'ill',
  better: 'better elsewhere',
  hurt: 'taken back',
}

/** Who a cell is: `AIS in Thailand (TH)`. */
export function cellText({ country, isp }: { readonly country: string; readonly isp: string }): string {
  if (country === ANY_COUNTRY) return 'Everybody else'
  return isp === ANY_ISP ? `Others in ${countryText(country)}` : `${isp} in ${countryText(country)}`
}

/** The name of a cell as operators say it: `TH/AIS`. */
export function cellKey({ country, isp }: { readonly country: string; readonly isp: string }): string {
  return `${country}/${isp}`
}
