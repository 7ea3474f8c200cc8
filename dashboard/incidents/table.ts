import type { Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { explainButton } from '../figures/definition.ts'
import { DEFINITIONS } from './definitions.ts'
import { createRow, type IncidentRow, type RowContext } from './rows.ts'

/** A table of incidents, updated in place. */
export interface IncidentTable {
  readonly element: HTMLTableElement
  /** Shows these, in this order. */
  readonly show: (incidents: readonly Incident[], context: RowContext) => void
}

/** Makes the table of those that go on, or of those that are over; empty. */
export function createIncidentTable(document: Document, which: 'going' | 'over'): IncidentTable {
  const isOver = which === 'over'
  const shared = ['Severity', 'What it covers', 'What is bad', isOver ? 'Lasted' : 'For', 'Agents']
  const names = isOver ? shared : [...shared, 'Looked after by']
  const explained: Readonly<Record<string, keyof typeof DEFINITIONS>> = {
    Severity: 'severity',
    'What is bad': 'bad',
    Agents: 'agents',
  }
  const heads = names.map((name) => {
    const key = explained[name]
    const what = key === undefined ? null : explainButton(document, DEFINITIONS[key], `${which}-${key}`)
    return html(document, 'th', { scope: 'col' }, name, what)
  })
  const body = html(document, 'tbody')
  const spoken = isOver ? 'Incidents that are over' : 'Incidents that are going on'
  const element = html(
    document,
    'table',
    { class: 'data incidents' },
    html(document, 'caption', { class: 'only-spoken' }, spoken),
    html(document, 'thead', {}, html(document, 'tr', {}, ...heads)),
    body,
  )
  const drawn = new Map<string, IncidentRow>()
  const show = (incidents: readonly Incident[], context: RowContext) => {
    const ids = new Set(incidents.map((incident) => incident.incident_id))
    for (const [id, row] of drawn) {
      if (ids.has(id)) continue
      row.element.remove()
      drawn.delete(id)
    }
    incidents.forEach((incident, index) => {
      const row = drawn.get(incident.incident_id) ?? createRow(document, names, isOver)
      drawn.set(incident.incident_id, row)
      row.show(incident, context)
      if (body.children[index] !== row.element) body.insertBefore(row.element, body.children[index] ?? null)
    })
  }
  return { element, show }
}
