import { html, setText } from '../dom/element.ts'
import { errorText } from './notice.ts'

/** A form that says what became of it. */
export interface FormOptions {
  readonly document: Document
  readonly class: string
  /** What the button says. */
  readonly action: string
  readonly fields: readonly Node[]
  /** Rejects with why it was not done; resolves with what to say, or `null` when the page itself shows it. */
  readonly submit: (form: HTMLFormElement) => Promise<string | null>
}

/** Makes a form. While its change is on its way it cannot be sent again; a refusal is told beside the button. */
export function changeForm(options: FormOptions): HTMLFormElement {
  const { document, fields, submit } = options
  const button = html(document, 'button', { type: 'submit' }, options.action)
  const told = html(document, 'p', { class: 'told', role: 'status' })
  const form = html(
    document,
    'form',
    { class: options.class },
    ...fields,
    html(document, 'p', { class: 'submit' }, button),
    told,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    button.disabled = true
    told.classList.remove('refused')
    setText(told, '')
    submit(form)
      .then((said) => setText(told, said ?? ''))
      .catch((error: unknown) => {
        const { code, message } = errorText(error)
        told.classList.add('refused')
        setText(told, `${code}: ${message}`)
      })
      .finally(() => {
        button.disabled = false
      })
  })
  return form
}

/** What a named field of a form holds, without space around it. */
export function fieldText(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? '').trim()
}

/** A field with its name above it. */
export function field(document: Document, name: string, input: HTMLElement): HTMLLabelElement {
  return html(document, 'label', { class: 'field' }, html(document, 'span', {}, name), input)
}
