import type { AlertMatch, Fleet, NewSilence } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { capitalised } from '../figures/words.ts'
import { changeForm, field, fieldText } from '../shell/form.ts'
import { MATCH_NAMES } from './match.ts'

const HOUR_MS = 3_600_000
/** How long a silence lasts unless the reader says otherwise. */
const USUAL_HOURS = 2

/** What a silence may be chosen by here, one value each; the API takes lists and more. */
const CHOSEN_BY = [
  'country',
  'isp',
  'agent_id',
  'provider',
  'node_id',
  'route',
  'transport',
  'severity',
] as const
type ChosenBy = (typeof CHOSEN_BY)[number]

/** The form for a new silence. */
export interface SilenceForm {
  readonly element: HTMLFormElement
  /** Offers what the fleet has; anything else may be typed. */
  readonly offer: (fleet: Fleet | null) => void
}

/** Makes the form; `create` rejects with why there is no silence. */
export function createSilenceForm(
  document: Document,
  nowMs: number,
  create: (silence: NewSilence) => Promise<void>,
): SilenceForm {
  const lists = CHOSEN_BY.map((name) => ({
    name,
    list: html(document, 'datalist', { id: `silence-${name}` }),
  }))
  const chosen = lists.flatMap(({ name, list }) => {
    const input = html(document, 'input', { name, list: list.id, maxlength: 128, autocomplete: 'off' })
    return [field(document, capitalised(MATCH_NAMES[name]), input), list]
  })
  const until = html(document, 'input', {
    name: 'until',
    type: 'datetime-local',
    required: true,
    value: new Date(nowMs + USUAL_HOURS * HOUR_MS).toISOString().slice(0, 16),
  })
  const by = html(document, 'input', { name: 'by', required: true, maxlength: 128, autocomplete: 'username' })
  const note = html(document, 'input', { name: 'note', maxlength: 1_024, autocomplete: 'off' })
  const element = changeForm({
    document,
    class: 'change',
    action: 'Silence',
    fields: [
      ...chosen,
      field(document, 'Until, UTC', until),
      field(document, 'By', by),
      field(document, 'Note', note),
    ],
    submit: async (form) => {
      await create(newSilence((name) => fieldText(form, name)))
      form.reset()
      return 'Silenced'
    },
  })
  const offer = (fleet: Fleet | null) => {
    const known = knownValues(fleet)
    for (const { name, list } of lists)
      list.replaceChildren(...known[name].map((value) => html(document, 'option', { value })))
  }
  return { element, offer }
}

/** The silence that the fields say; a field that is empty does not choose. Throws when the end is no time. */
export function newSilence(textOf: (name: string) => string): NewSilence {
  const match: Record<string, string[]> = {}
  for (const name of CHOSEN_BY) {
    const value = name === 'country' ? textOf(name).toUpperCase() : textOf(name)
    if (value !== '') match[name] = [value]
  }
  const until = new Date(`${textOf('until')}Z`)
  if (Number.isNaN(until.getTime())) throw new Error('“Until” is not a time.')
  // The collector looks at it against the contract.
  return { match: match as AlertMatch, ends_at: until.toISOString(), by: textOf('by'), note: textOf('note') }
}

function knownValues(fleet: Fleet | null): Readonly<Record<ChosenBy, readonly string[]>> {
  const { agents = [], nodes = [], targets = [] } = fleet ?? {}
  const each = (values: readonly string[]) => [...new Set(values)].sort()
  return {
    country: each(agents.map((agent) => agent.country)),
    isp: each(agents.map((agent) => agent.isp)),
    agent_id: each(agents.map((agent) => agent.agent_id)),
    provider: each([...nodes, ...targets].map((one) => one.provider)),
    node_id: each(nodes.map((node) => node.node_id)),
    route: each(targets.map((target) => target.route)),
    transport: ['quic', 'tcp'],
    severity: ['critical', 'warning', 'info'],
  }
}
