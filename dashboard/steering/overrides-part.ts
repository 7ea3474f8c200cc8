import type { SteeringCell, SteeringOverride } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { redraw } from '../dom/redraw.ts'
import { createRefresh } from '../live/refresh.ts'
import { mayChange, type ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { createOverrideForms, type OverrideForms } from './override-forms.ts'
import { overridesContent, revisionOf } from './overrides.ts'

/** What operators say, and forms to say more. */
export interface OverridesPart {
  readonly element: HTMLElement
  readonly refresh: () => void
  /** Shows what the session knows now, and offers these cells. */
  readonly show: (cells: readonly SteeringCell[]) => void
  readonly close: () => void
}

/** Makes the section and loads what is said; `changed` is called when the reader has said something. */
export function createOverridesPart(context: ViewContext, changed: () => void): OverridesPart {
  const { document, api, session, now } = context
  const list = html(document, 'div', { tabindex: -1 }, loadingNotice(document, 'what operators say'))
  const change = html(document, 'div')
  let known: readonly SteeringOverride[] = []
  let forms: OverrideForms | null = null

  const load = createRefresh({
    load: api.steeringOverrides,
    show: ({ overrides }) => {
      known = overrides
      const end = mayChange(session) ? takeBack : null
      redraw(list, overridesContent(known, { document, nowMs: now(), end }))
    },
    fail: (error) => list.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: 3_000,
  })
  /** Whatever came of it: what is shown next is what holds now, also when somebody else was first. */
  const say = async (saying: Promise<unknown>) => {
    try {
      await saying
      changed()
    } finally {
      load.restart()
    }
  }
  const takeBack = async ({ kind, key, revision }: SteeringOverride, by: string) => {
    // The button is about to go; who pressed it stays in the list.
    list.focus()
    const said = { revision, until: null, by, note: '' }
    await say(
      kind === 'cell'
        ? api.pinCell(key, { node_id: null, ...said })
        : api.drainNode(key, { drained: false, ...said }),
    )
  }
  const show = (cells: readonly SteeringCell[]) => {
    if (!mayChange(session)) {
      const why = 'To pin viewers or drain a node, sign in with a token of an operator or an admin.'
      return change.replaceChildren(html(document, 'p', { class: 'muted' }, why))
    }
    if (forms === null) {
      forms = createOverrideForms(document, {
        pin: (cell, node_id, said) =>
          say(api.pinCell(cell, { node_id, ...said, revision: revisionOf(known, 'cell', cell) })),
        drain: (node, said) =>
          say(api.drainNode(node, { drained: true, ...said, revision: revisionOf(known, 'node', node) })),
      })
      change.replaceChildren(...forms.elements)
      load.restart()
    }
    forms.offer(cells, session.fleet)
  }
  show([])
  load.request()
  const head = html(document, 'h2', {}, 'What operators say')
  return {
    element: html(document, 'section', { class: 'part' }, head, list, change),
    refresh: load.request,
    show,
    close: load.close,
  }
}
