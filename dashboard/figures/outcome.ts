import { html } from '../dom/element.ts'
import type { Result } from '../live/state.ts'
import { BLAME, FAILURES } from './words.ts'

/** What became of a run: a sign and words, so that it is never told by colour alone. */
export interface OutcomeText {
  readonly state: 'ok' | 'failed'
  readonly sign: string
  readonly words: string
  readonly title: string
}

/** Writes an outcome out: `ok`, or the failure's code with who is to blame. */
export function outcomeText(result: Pick<Result, 'failure_code' | 'failure_source'>): OutcomeText {
  const { failure_code, failure_source } = result
  if (failure_code === null)
    return { state: 'ok', sign: '✓', words: 'ok', title: 'The run did what it set out to do' }
  const blame = failure_source === null ? '' : ` The fault lies with ${BLAME[failure_source]}.`
  const words = failure_source === null ? failure_code : `${failure_code} (${failure_source})`
  return { state: 'failed', sign: '✕', words, title: FAILURES[failure_code] + blame }
}

/** An outcome as an element, with marks for tainted and simulated runs. */
export function outcomeElement(document: Document, result: Result): HTMLElement {
  const { state, sign, words, title } = outcomeText(result)
  return html(
    document,
    'span',
    { class: `outcome ${state}`, title },
    html(document, 'span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    words,
    ...runMarks(document, result),
  )
}

/** The badges of a run that does not count, or that never crossed a real network. */
export function runMarks(
  document: Document,
  run: Pick<Result, 'tainted' | 'simulated'>,
): readonly HTMLElement[] {
  const marks: HTMLElement[] = []
  if (run.tainted)
    marks.push(html(document, 'span', { class: 'badge', title: 'Left out of statistics' }, 'tainted'))
  if (run.simulated)
    marks.push(html(document, 'span', { class: 'badge', title: 'Not a real network' }, 'simulated'))
  return marks
}

/** The badge of a target without TLS. */
export function cleartextBadge(document: Document): HTMLElement {
  const title = 'No TLS: its connect time is not comparable with an encrypted one'
  return html(document, 'span', { class: 'badge', title }, 'cleartext')
}
