import type { Silence, SilenceList } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { createRefresh } from '../live/refresh.ts'
import { mayChange, type ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { rulesContent } from './rules.ts'
import { createSilenceForm, type SilenceForm } from './silence-form.ts'
import { silencesContent } from './silences.ts'

/** The sections about alerting: who is told, and what is silenced. */
export interface AlertsPart {
  readonly elements: readonly HTMLElement[]
  /** Loads again when it may. */
  readonly refresh: () => void
  /** Shows what the session knows now: who is signed in, and the fleet. */
  readonly show: () => void
  readonly close: () => void
}

/** Makes both sections and loads them. */
export function createAlertsPart(context: ViewContext): AlertsPart {
  const { document, api, session, now } = context
  const rules = html(document, 'div', {}, loadingNotice(document, 'rules'))
  const list = html(document, 'div', { tabindex: -1 }, loadingNotice(document, 'silences'))
  const change = html(document, 'div', {})
  let form: SilenceForm | null = null
  let loaded: SilenceList | null = null

  const ruleList = createRefresh({
    load: api.alertRules,
    show: (shown) => rules.replaceChildren(...rulesContent(document, shown)),
    fail: (error) => rules.replaceChildren(errorNotice(document, error, ruleList.restart)),
    gapMs: 3_000,
  })
  const end = async ({ silence_id }: Silence) => {
    await api.endSilence(silence_id)
    // The button is about to go; who pressed it stays in the list.
    list.focus()
    silences.restart()
  }
  const drawSilences = () => {
    if (loaded === null) return
    const options = { document, nowMs: now(), end: mayChange(session) ? end : null }
    // A button that is being pressed stays where it is.
    if (list.querySelector(':focus') === null) list.replaceChildren(silencesContent(loaded, options))
  }
  const silences = createRefresh({
    load: api.silences,
    show: (current) => {
      loaded = current
      drawSilences()
    },
    fail: (error) => list.replaceChildren(errorNotice(document, error, silences.restart)),
    gapMs: 3_000,
  })
  const drawForm = () => {
    // What somebody has begun to fill in is kept.
    if (form !== null) return form.offer(session.fleet)
    if (!mayChange(session)) {
      const why = 'To silence incidents, sign in with a token of an operator or an admin.'
      return change.replaceChildren(html(document, 'p', { class: 'muted' }, why))
    }
    form = createSilenceForm(document, now(), async (silence) => {
      await api.silence(silence)
      silences.restart()
    })
    form.offer(session.fleet)
    change.replaceChildren(
      html(document, 'h3', {}, 'New silence'),
      html(document, 'p', { class: 'muted' }, 'For incidents whose scope names all that is filled in.'),
      form.element,
    )
  }
  drawForm()
  ruleList.request()
  silences.request()
  const section = (name: string, ...children: readonly Node[]) =>
    html(document, 'section', { class: 'part' }, html(document, 'h2', {}, name), ...children)
  return {
    elements: [section('Who is told', rules), section('Silences', list, change)],
    refresh: () => {
      ruleList.request()
      silences.request()
    },
    show: () => {
      drawForm()
      drawSilences()
    },
    close: () => {
      ruleList.close()
      silences.close()
    },
  }
}
