import type { AlertRulesShown } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { formatSpan } from '../figures/format.ts'
import { severityMark } from '../incidents/mark.ts'
import { emptyNotice } from '../shell/notice.ts'
import { MATCH_NAMES, matchText } from './match.ts'

type Rule = AlertRulesShown['routes'][number]

/** Who is told of what: one row a rule, and the receivers with their kinds. */
export function rulesContent(
  document: Document,
  { receivers, routes }: AlertRulesShown,
): readonly HTMLElement[] {
  if (routes.length === 0) {
    const hint = 'Receivers and routes stand in the collector’s configuration, under alerts.'
    return [emptyNotice(document, 'Nobody is told of incidents', hint)]
  }
  const names = ['Sends', 'Which', 'From severity', 'Receivers', 'Grouped by', 'When', 'Their end']
  const rows = routes.map((rule) => [
    rule.sends.join(', '),
    matchText(rule.match),
    severityMark(document, rule.min_severity),
    rule.receivers.join(', '),
    groupText(rule),
    waitText(rule),
    rule.resolved ? 'is told' : 'is not told',
  ])
  const kinds = receivers.map(({ name, type }) => `${name} (${type})`).join(', ')
  return [
    html(document, 'p', { class: 'muted' }, 'Every rule that matches counts, not the first alone.'),
    dataTable(document, names, rows, 'Rules of who is told of which incidents'),
    html(document, 'p', { class: 'muted receivers' }, `Receivers: ${kinds}`),
  ]
}

/** What incidents have in common that go into one message. */
export function groupText({ group_by }: Pick<Rule, 'group_by'>): string {
  const known: Readonly<Record<string, string>> = MATCH_NAMES
  return group_by.length === 0
    ? 'nothing: all in one'
    : group_by.map((name) => known[name] ?? name).join(', ')
}

/** How soon a rule tells, how often at most, and how often it says the same again. */
export function waitText(
  rule: Pick<Rule, 'group_wait_s' | 'group_interval_s' | 'repeat_interval_s'>,
): string {
  const span = (seconds: number) => formatSpan(seconds * 1_000)
  const { group_wait_s, group_interval_s, repeat_interval_s } = rule
  const first = group_wait_s === 0 ? 'at once' : `after ${span(group_wait_s)}`
  const news = group_interval_s === 0 ? '' : `, news every ${span(group_interval_s)} at most`
  return `${first}${news}, again every ${span(repeat_interval_s)} unless acknowledged`
}
