import type { Silence, SilenceList } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { formatInstant, formatSpan } from '../figures/format.ts'
import { changeForm } from '../shell/form.ts'
import { emptyNotice } from '../shell/notice.ts'
import { matchText } from './match.ts'

/** How the table of silences is made. */
export interface SilenceOptions {
  readonly document: Document
  readonly nowMs: number
  /** Ends one; `null`: the reader may not. */
  readonly end: ((silence: Silence) => Promise<void>) | null
}

/** Silences that hold, that are to come, and that ended within a week. */
export function silencesContent({ silences }: SilenceList, options: SilenceOptions): HTMLElement {
  const { document, nowMs, end } = options
  if (silences.length === 0)
    return emptyNotice(document, 'Nothing is silenced', 'Every incident that a rule is for is told of.')
  const names = [
    'Which incidents',
    'Holds',
    'From',
    'Until',
    'By',
    'Note',
    ...(end === null ? [] : ['Change']),
  ]
  const rows = silences.map((silence) => [
    matchText(silence.match),
    holdsText(silence, nowMs),
    formatInstant(silence.starts_at),
    formatInstant(silence.ends_at),
    silence.by,
    silence.note,
    ...(end === null ? [] : [isPast(silence, nowMs) ? null : endForm(document, silence, end)]),
  ])
  return dataTable(document, names, rows, 'Silences')
}

/** Whether it holds now, and for how long still. */
export function holdsText(silence: Pick<Silence, 'starts_at' | 'ends_at'>, nowMs: number): string {
  const [from, to] = [Date.parse(silence.starts_at), Date.parse(silence.ends_at)]
  if (to <= nowMs) return 'ended'
  return from > nowMs ? `in ${formatSpan(from - nowMs)}` : `now, for ${formatSpan(to - nowMs)}`
}

function isPast({ ends_at }: Silence, nowMs: number): boolean {
  return Date.parse(ends_at) <= nowMs
}

function endForm(
  document: Document,
  silence: Silence,
  end: (silence: Silence) => Promise<void>,
): HTMLFormElement {
  const spoken = html(
    document,
    'span',
    { class: 'only-spoken' },
    ` the silence of ${matchText(silence.match)}`,
  )
  const submit = async () => {
    await end(silence)
    return null
  }
  return changeForm({ document, class: 'end-silence', action: 'End', fields: [spoken], submit })
}
