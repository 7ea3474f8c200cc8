import type { StoredMeasurement } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { FIELD_GROUPS, fieldText } from './fields.ts'

/** Every field of the record that is not a series, in the design's groups. */
export function recordTables(document: Document, m: StoredMeasurement): HTMLElement {
  const groups = FIELD_GROUPS.map(({ name, fields }) => {
    const rows = fields.map((field) => {
      const text = fieldText(field, m[field])
      const title = m[field] === null ? 'Not reached, or not measurable' : String(m[field])
      return html(
        document,
        'tr',
        {},
        html(document, 'th', { scope: 'row' }, field),
        html(document, 'td', { title }, text),
      )
    })
    const caption = html(document, 'caption', {}, name)
    return html(document, 'table', { class: 'fields' }, caption, html(document, 'tbody', {}, ...rows))
  })
  return html(document, 'div', { class: 'record' }, ...groups)
}

/** The record as it is stored, to be copied. */
export function rawRecord(document: Document, m: StoredMeasurement): HTMLElement {
  const text = JSON.stringify(m, null, 2)
  const code = html(document, 'pre', { tabindex: 0, 'aria-label': 'Raw record' }, text)
  const copy = html(document, 'button', { type: 'button' }, 'Copy')
  const told = html(document, 'span', { role: 'status', class: 'muted' })
  copy.addEventListener('click', () => {
    // A page without a secure origin has no clipboard: the text is then selected, for the reader to copy.
    const clipboard: Clipboard | undefined = document.defaultView?.navigator.clipboard
    const select = () => {
      document.getSelection()?.selectAllChildren(code)
      told.textContent = 'Selected: press Ctrl+C'
    }
    if (clipboard === undefined) return select()
    clipboard.writeText(text).then(() => {
      told.textContent = 'Copied'
    }, select)
  })
  const summary = html(document, 'summary', {}, 'Raw JSON')
  return html(document, 'details', { class: 'raw' }, summary, html(document, 'p', {}, copy, ' ', told), code)
}
