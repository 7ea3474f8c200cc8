import type { StoredMeasurement } from '@streamgauge/contract'
import { createChartHost } from '../dom/chart-host.ts'
import { html } from '../dom/element.ts'
import { formatInstant } from '../figures/format.ts'
import { outcomeText, runMarks } from '../figures/outcome.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import { createRefresh } from '../live/refresh.ts'
import { resultOf } from '../live/state.ts'
import { type Route, targetHash } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { phasesOf } from './phases.ts'
import { policyTable } from './policy.ts'
import { rawRecord, recordTables } from './record.ts'
import { playerText } from './series.ts'
import { timeline } from './timeline.ts'
import { waterfall } from './waterfall.ts'

/** One measurement: its outcome, its phases, its playback, and everything else that was recorded. */
export function measurementView(context: ViewContext, measurementId: string): View {
  const { document, api } = context
  const element = html(document, 'div', { class: 'measurement' }, loadingNotice(document, 'the measurement'))
  const bars = createChartHost(document, 200)
  const player = createChartHost(document, 290)
  const load = createRefresh({
    load: (signal) => api.measurement(measurementId, signal),
    show: (m) => {
      element.replaceChildren(...content(document, context.route, m, bars.element, player.element))
      bars.show((width) => waterfall(phasesOf(m), { document, width, ended: endOf(m) }))
      player.show((width) => timeline(m, { document, width }))
    },
    fail: (error) => element.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: 0,
  })
  load.request()
  return {
    title: `Measurement ${measurementId.slice(0, 8)}`,
    element,
    follow: () => false,
    close: () => {
      load.close()
      bars.close()
      player.close()
    },
  }
}

/** Where the phases ended early; a run that failed while it played has its end on the timeline. */
function endOf(m: StoredMeasurement): { readonly at_ms: number; readonly code: string } | null {
  return m.failure_code === null || m.startup_ms !== null ? null : { at_ms: m.wall_ms, code: m.failure_code }
}

function content(
  document: Document,
  route: Route,
  m: StoredMeasurement,
  bars: HTMLElement,
  player: HTMLElement,
): readonly HTMLElement[] {
  const hasMedia = m.buffer_series_ms.length > 0 || m.throughput_series_bps.length > 0
  const section = (name: string, ...children: readonly Node[]) =>
    html(document, 'section', { class: 'part' }, html(document, 'h2', {}, name), ...children)
  const told = html(document, 'p', {}, playerText(m))
  return [
    heading(document, route, m),
    outcomePanel(document, m),
    section('Phases', bars),
    ...(hasMedia ? [section('Playback', told, player)] : []),
    ...(m.stall_ms_by_policy === null
      ? []
      : [section('The same arrivals through other buffers', policyTable(document, m.stall_ms_by_policy))]),
    section('Record', recordTables(document, m)),
    rawRecord(document, m),
  ]
}

function heading(document: Document, route: Route, m: StoredMeasurement): HTMLElement {
  const target = html(document, 'a', { href: targetHash(route, m.target_id) }, m.target_id)
  const version = m.http_version === null ? '' : `, HTTP/${m.http_version}`
  const pair =
    m.pair_position === null ? '' : ` · ${m.pair_position === 0 ? 'first' : 'second'} run of a pair`
  return html(
    document,
    'div',
    { class: 'page-head' },
    html(document, 'h1', {}, 'Measurement of ', target),
    html(
      document,
      'p',
      { class: 'muted' },
      html(document, 'span', { class: `transport ${m.transport}` }, TRANSPORT_NAMES[m.transport]),
      `${version} · ${m.format} · ${m.kind} · by ${m.agent_id} (${m.country}, ${m.isp}) · ${formatInstant(m.started_at)}${pair}`,
    ),
  )
}

function outcomePanel(document: Document, m: StoredMeasurement): HTMLElement {
  const { state, sign, words, title } = outcomeText(m)
  const taints =
    m.taints.length === 0
      ? null
      : html(document, 'p', {}, `Tainted (${m.taints.join(', ')}): stored, and left out of statistics.`)
  const simulated = m.simulated
    ? html(document, 'p', {}, 'Simulated: this run never crossed a real network.')
    : null
  return html(
    document,
    'div',
    { class: `outcome-panel ${state}` },
    html(document, 'strong', {}, `${sign} ${words}`, ' ', ...runMarks(document, resultOf(m))),
    html(document, 'p', {}, `${title.replace(/\.$/, '')}.`),
    taints,
    simulated,
  )
}
