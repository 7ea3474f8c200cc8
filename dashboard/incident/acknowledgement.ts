import type { Acknowledgement, AlertList, NewAcknowledgement } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { formatInstant } from '../figures/format.ts'
import { changeForm, field, fieldText } from '../shell/form.ts'

type Alert = AlertList['alerts'][number]

/** Who looks after an incident, who is told of it, and what silences it. */
export function acknowledgementText(document: Document, alert: Alert): readonly HTMLElement[] {
  const { acknowledgement, receivers, silence_ids } = alert
  const line = (...children: readonly (Node | string)[]) => html(document, 'p', {}, ...children)
  return [
    acknowledgement === null
      ? line('Nobody has acknowledged it yet.')
      : acknowledgedBy(document, acknowledgement),
    line(
      receivers.length === 0 ? 'No rule tells anybody of it.' : `Told by the rules: ${receivers.join(', ')}.`,
    ),
    ...(silence_ids.length === 0 ? [] : [line(silencedText(silence_ids.length))]),
  ]
}

/** A form that acknowledges; `acknowledge` rejects with why not. */
export function acknowledgeForm(
  document: Document,
  acknowledge: (body: NewAcknowledgement) => Promise<void>,
): HTMLFormElement {
  const by = html(document, 'input', { name: 'by', required: true, maxlength: 128, autocomplete: 'username' })
  const note = html(document, 'input', { name: 'note', maxlength: 1_024, autocomplete: 'off' })
  return changeForm({
    document,
    class: 'change',
    action: 'Acknowledge',
    fields: [field(document, 'By', by), field(document, 'Note', note)],
    submit: async (form) => {
      await acknowledge({ by: fieldText(form, 'by'), note: fieldText(form, 'note') })
      return 'Acknowledged'
    },
  })
}

function acknowledgedBy(document: Document, { by, at, note }: Acknowledgement): HTMLElement {
  const said = note === '' ? '' : ` “${note}”`
  const name = html(document, 'strong', {}, by)
  return html(document, 'p', {}, name, ` looks after it since ${formatInstant(at)}.${said}`)
}

function silencedText(count: number): string {
  return count === 1
    ? 'A silence holds back what would be told.'
    : `${count} silences hold back what would be told.`
}
