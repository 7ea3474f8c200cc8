import type { SteeringOverride } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { formatInstant } from '../figures/format.ts'
import { changeForm, field, fieldText } from '../shell/form.ts'
import { emptyNotice } from '../shell/notice.ts'

/** How the list is made. */
export interface OverridesOptions {
  readonly document: Document
  readonly nowMs: number
  /** Takes one back, by somebody; `null`: the reader may not. */
  readonly end: ((override: SteeringOverride, by: string) => Promise<void>) | null
}

/** What operators say that holds now. */
export function overridesContent(
  overrides: readonly SteeringOverride[],
  { document, nowMs, end }: OverridesOptions,
): HTMLElement {
  const holding = overrides.filter((one) => holds(one, nowMs))
  if (holding.length === 0) {
    const hint = 'No cell is pinned and no node is drained here; the configuration may say so besides.'
    return emptyNotice(document, 'Operators say nothing', hint)
  }
  const names = ['What', 'Since', 'Until', 'By', 'Note', ...(end === null ? [] : ['Change'])]
  const rows = holding.map((override) => [
    overrideText(override),
    formatInstant(override.at),
    override.until === null ? 'taken back' : formatInstant(override.until),
    override.by,
    override.note,
    ...(end === null ? [] : [endForm(document, override, end)]),
  ])
  return dataTable(document, names, rows, 'What operators say')
}

/** Whether it holds: it says something, and its time is not over. */
export function holds({ node_id, drained, until }: SteeringOverride, nowMs: number): boolean {
  return (node_id !== null || drained) && (until === null || Date.parse(until) > nowMs)
}

/** What it says: `TH/AIS goes to sin-1`, `nobody goes to sin-1`. */
export function overrideText({ kind, key, node_id }: SteeringOverride): string {
  return kind === 'cell' ? `${key} goes to ${node_id}` : `nobody goes to ${key}`
}

/** Of what was said of a cell or a node, the revision one knows; 0: nothing was. */
export function revisionOf(
  overrides: readonly SteeringOverride[],
  kind: SteeringOverride['kind'],
  key: string,
): number {
  return overrides.find((one) => one.kind === kind && one.key === key)?.revision ?? 0
}

function endForm(
  document: Document,
  override: SteeringOverride,
  end: (override: SteeringOverride, by: string) => Promise<void>,
): HTMLElement {
  const by = html(document, 'input', { name: 'by', required: true, maxlength: 128, autocomplete: 'username' })
  const submit = async (form: HTMLFormElement) => {
    await end(override, fieldText(form, 'by'))
    return null
  }
  const form = changeForm({
    ...{ document, class: 'take-back', action: 'Take back', submit },
    fields: [field(document, 'By', by)],
  })
  const spoken = html(document, 'span', { class: 'only-spoken' }, ` that ${overrideText(override)}`)
  const key = `back-${override.kind}-${override.key}`
  return html(
    document,
    'details',
    { 'data-key': key },
    html(document, 'summary', {}, 'Take back', spoken),
    form,
  )
}
