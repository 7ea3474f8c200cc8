import type { Incident } from '@streamgauge/contract'
import { timestamp } from '../../clock.ts'
import type { Dialect } from './http.ts'
import { factsIn, linkOf, titleOf } from './words.ts'

/** An alert that is not sent again for so long is over for Alertmanager: five times as long as until it is sent again. */
const LASTS_MS = 600_000

/**
 * Alertmanager's API v2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). It groups and repeats by
 * itself, and knows an alert by its labels: one whose severity or scope is another is another alert, and the former is ended.
 */
export const alertmanager: Dialect = {
  make({ url }, { incidents, former }, { now_ms, dashboard_url }) {
    const target = new URL(url)
    target.pathname = `${target.pathname.replace(/\/+$/, '')}/api/v2/alerts`
    const over = former.map((one) => alertOf(one, timestamp(now_ms), dashboard_url))
    const now = incidents.map((one) => alertOf(one, endOf(one, now_ms), dashboard_url))
    return { url: target.href, headers: {}, body: JSON.stringify([...over, ...now]) }
  },
  resultOf: () => 'delivered',
}

function endOf({ state, ended_at }: Incident, nowMs: number): string {
  return state === 'closed' ? (ended_at ?? timestamp(nowMs)) : timestamp(nowMs + LASTS_MS)
}

function alertOf(incident: Incident, endsAt: string, dashboardUrl: string | null) {
  const { scope, severity, state, summary } = incident
  const link = linkOf(incident, dashboardUrl)
  return {
    labels: {
      alertname: 'StreamgaugeIncident',
      incident_id: incident.incident_id,
      severity,
      scope_kind: scope.kind,
      ...scope.where,
    },
    annotations: { title: titleOf(incident), state, summary, description: factsIn(incident).join('\n') },
    startsAt: incident.started_at,
    endsAt,
    ...(link === null ? {} : { generatorURL: link }),
  }
}
