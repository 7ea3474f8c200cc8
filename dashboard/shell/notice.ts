import { ApiFailure } from '../api/client.ts'
import { html } from '../dom/element.ts'

/** A box that says that something is on its way. */
export function loadingNotice(document: Document, what: string): HTMLElement {
  return html(document, 'p', { class: 'notice loading', role: 'status' }, `Loading ${what} …`)
}

/** A box that says that there is nothing, why, and what would change that. */
export function emptyNotice(document: Document, title: string, hint: string): HTMLElement {
  const heading = html(document, 'strong', {}, title)
  return html(document, 'div', { class: 'notice empty' }, heading, html(document, 'p', {}, hint))
}

/** A box with an error's code and message, and a button that tries again. */
export function errorNotice(document: Document, error: unknown, retry: () => void): HTMLElement {
  const { code, message } = errorText(error)
  const button = html(document, 'button', { type: 'button' }, 'Try again')
  button.addEventListener('click', retry)
  const text = html(document, 'p', {}, message)
  return html(
    document,
    'div',
    { class: 'notice error', role: 'alert' },
    html(document, 'code', {}, code),
    text,
    button,
  )
}

/** The code and message of anything that was thrown. */
export function errorText(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ApiFailure) return { code: error.code, message: error.message }
  return { code: 'DASHBOARD_ERROR', message: error instanceof Error ? error.message : String(error) }
}
