import type { Fleet, SteeringCell } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { changeForm, field, fieldText } from '../shell/form.ts'
import { cellKey } from './words.ts'

/** What an operator says besides of what. */
export interface Said {
  readonly until: string | null
  readonly by: string
  readonly note: string
}

/** What the forms do; both reject with why it was not done. */
export interface OverrideActions {
  readonly pin: (cell: string, nodeId: string, said: Said) => Promise<void>
  readonly drain: (nodeId: string, said: Said) => Promise<void>
}

/** A form to pin a cell, and one to drain a node. */
export interface OverrideForms {
  readonly elements: readonly HTMLElement[]
  /** Offers the cells and nodes there are; anything else may be typed, and is refused if it is not there. */
  readonly offer: (cells: readonly SteeringCell[], fleet: Fleet | null) => void
}

/** Makes the forms. */
export function createOverrideForms(document: Document, actions: OverrideActions): OverrideForms {
  const cellList = html(document, 'datalist', { id: 'steering-cells' })
  const nodeList = html(document, 'datalist', { id: 'steering-nodes' })
  const named = (name: string, list: string) =>
    html(document, 'input', { name, list, required: true, maxlength: 256, autocomplete: 'off' })
  const shared = () => [
    field(document, 'Until, UTC; empty: for good', html(document, 'input', UNTIL)),
    field(document, 'By', html(document, 'input', BY)),
    field(document, 'Note', html(document, 'input', { name: 'note', maxlength: 1_024, autocomplete: 'off' })),
  ]
  const pin = changeForm({
    ...{ document, class: 'change', action: 'Pin' },
    fields: [
      field(document, 'Viewers, such as TH/AIS', named('cell', cellList.id)),
      field(document, 'Node', named('node', nodeList.id)),
      ...shared(),
    ],
    submit: async (form) => {
      const text = (name: string) => fieldText(form, name)
      await actions.pin(text('cell'), text('node'), saidIn(text))
      form.reset()
      return 'Pinned'
    },
  })
  const drain = changeForm({
    ...{ document, class: 'change', action: 'Drain' },
    fields: [field(document, 'Node', named('node', nodeList.id)), ...shared()],
    submit: async (form) => {
      const text = (name: string) => fieldText(form, name)
      await actions.drain(text('node'), saidIn(text))
      form.reset()
      return 'Drained'
    },
  })
  const folded = (title: string, form: HTMLElement) =>
    html(document, 'details', {}, html(document, 'summary', {}, title), form)
  return {
    elements: [
      folded('Send viewers to one node, whatever is measured', pin),
      folded('Send nobody to a node', drain),
      cellList,
      nodeList,
    ],
    offer: (cells, fleet) => {
      const option = (value: string) => html(document, 'option', { value })
      cellList.replaceChildren(...cells.map(cellKey).sort().map(option))
      nodeList.replaceChildren(...(fleet?.nodes ?? []).map(({ node_id }) => option(node_id)))
    },
  }
}

const UNTIL = { name: 'until', type: 'datetime-local' } as const
const BY = { name: 'by', required: true, maxlength: 128, autocomplete: 'username' } as const

/** What the fields say beside of what. Throws when the end is no time. */
export function saidIn(textOf: (name: string) => string): Said {
  const text = textOf('until')
  const until = text === '' ? null : new Date(`${text}Z`)
  if (until !== null && Number.isNaN(until.getTime())) throw new Error('“Until” is not a time.')
  return { until: until?.toISOString() ?? null, by: textOf('by'), note: textOf('note') }
}
