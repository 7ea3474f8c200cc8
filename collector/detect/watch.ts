import type { Incident, IncidentEvidence } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import { timestamp } from '../clock.ts'
import { breachSummaryOf, scopeOf, severityOf, summaryOf } from './describe.ts'
import { Detector } from './detector.ts'
import { WINDOWS } from './evidence.ts'
import type { Anomaly } from './life.ts'
import { type Breach, type Objective, Objectives } from './objectives.ts'
import type { Observation } from './observation.ts'
import { WAIT_ROUNDS } from './recent.ts'
import { type Observed, observedIn } from './row.ts'
import { aroundOf, holds, isIn, type Where } from './scope.ts'
import { type Silence, Silences } from './silence.ts'

/** Rows may be seen by readers in another order than their times: so far back they are asked for again. */
export const OVERLAP_MS = 10_000
/** A run that came in so long after it began says nothing of now: an outbox is being emptied. */
const LATE_MS = 600_000
/** A run that began so long after it came in: its agent's clock is wrong. */
const AHEAD_MS = 60_000
/** Without any history, so many rounds with runs are for getting to know what is usual. */
const LEARNING_ROUNDS = 6
/** Bad runs that are remembered, of each round, to show. */
const SHOWN_PER_ROUND = 20_000
const SHOWN_MAX = 100
const ROUNDS_MAX = Math.max(...WINDOWS)

/** Why a run was not looked at. */
export type SetAside = 'tainted' | 'late' | 'ahead' | 'no room'

/** What a round came to. */
export interface RoundReport {
  /** New versions of incidents. */
  readonly incidents: readonly Incident[]
  readonly open_count: number
  readonly runs_count: number
  readonly set_aside: Readonly<Record<SetAside, number>>
  readonly threads_count: number
  readonly learning: boolean
}

interface Bad {
  readonly run: Observation
  readonly measurement_id: string
}

/** Keeps watch over rows as the store hands them out, and says what becomes of incidents, round by round. */
export class Watch {
  readonly #roundMs: number
  readonly #detector = new Detector()
  readonly #silences = new Silences()
  readonly #objectives: Objectives
  readonly #incidents = new Map<Anomaly | Silence | Breach, Incident>()
  /** Those open for what is promised no more. */
  #obsolete: Incident[] = []
  /** Read in the last seconds, and when they were stored. */
  readonly #read = new Map<string, number>()
  /** The newest first. */
  readonly #bad: Bad[][] = [[]]
  #endedMs = 0
  #knownRounds = 0
  #runs = 0
  #setAside = { tainted: 0, late: 0, ahead: 0, 'no room': 0 }

  constructor(roundMs: number, objectives: readonly Objective[] = []) {
    this.#roundMs = roundMs
    this.#objectives = new Objectives(objectives)
  }

  /** Goes on with incidents that were open when the collector last ran: as far as anybody knows, they are bad until now. */
  adopt(incidents: readonly Incident[], nowMs: number) {
    for (const incident of incidents) {
      const { where } = incident.scope
      const opened_ms = Date.parse(incident.detected_at)
      if (incident.objective !== null) {
        const breach = this.#objectives.adopt(incident.objective, where, opened_ms, nowMs)
        if (breach === null) this.#obsolete.push(incident)
        else this.#incidents.set(breach, incident)
        continue
      }
      const isSilence = incident.evidence.some(({ signal }) => signal === 'silent')
      const kept = isSilence
        ? this.#silences.adopt(where, Date.parse(incident.started_at))
        : this.#detector.adopt({
            where,
            state: incident.state,
            opened_ms,
            bad_ms: nowMs,
            evidence: incident.evidence.flatMap(({ signal, ...counts }) =>
              signal === 'silent' ? [] : [{ signal, ...counts }],
            ),
            score: incident.score,
            opening_ratio: incident.opening_excess_ratio,
            ratio: incident.excess_ratio,
            agents_count: incident.agents_count,
          })
      this.#incidents.set(kept, incident)
    }
  }

  /** Learns from rows of `detect/history` up to a time; what was within incidents then is left out. */
  learn(text: string, toMs: number, incidents: readonly Incident[]) {
    let count = 0
    for (const { run } of observedIn(text)) {
      if (incidents.some((incident) => wasIn(incident, run, WAIT_ROUNDS * this.#roundMs))) continue
      this.#detector.observe(run)
      count += 1
    }
    this.#detector.endRound(toMs, true)
    if (count > 0) this.#knownRounds = LEARNING_ROUNDS
  }

  /** Forgets what was learnt as if it had just been seen. */
  learnt(nowMs: number) {
    for (let round = 0; round < ROUNDS_MAX; round += 1) this.#detector.endRound(nowMs, true)
  }

  /**
   * Takes in rows of `detect/news` that were stored since a time, at the end of a round. When the last of them was stored, ms since
   * 1970; 0: there are none.
   */
  observe(text: string, sinceMs: number, nowMs: number): number {
    return this.take(observedIn(text), sinceMs, nowMs)
  }

  /** `observe` of runs that were read already. */
  take(runs: Iterable<Observed>, sinceMs: number, nowMs: number): number {
    this.#awake(nowMs)
    for (const [id, inserted_ms] of this.#read) if (inserted_ms < sinceMs - OVERLAP_MS) this.#read.delete(id)
    let newest = 0
    for (const observed of runs) {
      this.#take(observed)
      newest = Math.max(newest, observed.inserted_ms)
    }
    return newest
  }

  /** Ends the round. */
  endRound(nowMs: number): RoundReport {
    const learning = this.#knownRounds < LEARNING_ROUNDS
    if (learning && this.#runs > 0) this.#knownRounds += 1
    this.#awake(nowMs)
    this.#endedMs = nowMs
    const { opened, changed } = this.#detector.endRound(nowMs, learning)
    const { began, ended } = this.#silences.endRound(nowMs, this.#roundMs)
    const anomalies = this.#detector.open
    const breaches = this.#objectives.endRound(nowMs, (where) =>
      anomalies.some((anomaly) => holds(anomaly.where, where)),
    )
    const obsolete = this.#obsolete.splice(0)
    const incidents = [
      ...obsolete.map((one) => ({ ...one, state: 'closed' as const, ended_at: timestamp(nowMs) })),
      ...breaches.map((breach) => this.#breachOf(breach)),
      ...[...opened, ...changed].map((anomaly) => this.#incidentOf(anomaly)),
      ...began.map((silence) => this.#silenceOf(silence, nowMs, null)),
      ...ended.map((silence) => this.#silenceOf(silence, nowMs, nowMs)),
    ]
    for (const [key, { state }] of this.#incidents) if (state === 'closed') this.#incidents.delete(key)
    const report = {
      incidents,
      open_count: this.#incidents.size,
      runs_count: this.#runs,
      set_aside: this.#setAside,
      threads_count: this.#detector.threadsCount,
      learning,
    }
    this.#bad.unshift([])
    this.#bad.length = Math.min(this.#bad.length, ROUNDS_MAX)
    this.#runs = 0
    this.#setAside = { tainted: 0, late: 0, ahead: 0, 'no room': 0 }
    return report
  }

  /** When nobody looked for longer than a round, nobody was silent meanwhile. Before anything is heard of what came since. */
  #awake(nowMs: number) {
    const gapMs = this.#endedMs === 0 ? 0 : nowMs - this.#endedMs - this.#roundMs
    if (gapMs <= this.#roundMs) return
    this.#silences.skip(gapMs)
    this.#endedMs += gapMs
  }

  #take({ inserted_ms, measurement_id, tainted, run }: Observed) {
    if (this.#read.has(measurement_id)) return
    this.#read.set(measurement_id, inserted_ms)
    // Whatever it says, its agent is alive.
    this.#silences.heard(run.agent_id, run.country, run.isp, inserted_ms)
    this.#runs += 1
    if (tainted) this.#setAside.tainted += 1
    else if (inserted_ms - run.started_ms > LATE_MS) this.#setAside.late += 1
    else if (run.started_ms - inserted_ms > AHEAD_MS) this.#setAside.ahead += 1
    else {
      this.#objectives.observe(run, inserted_ms)
      const bad = this.#detector.observe(run)
      if (bad === null) this.#setAside['no room'] += 1
      const [newest] = this.#bad
      if (bad && newest !== undefined && newest.length < SHOWN_PER_ROUND) newest.push({ run, measurement_id })
    }
  }

  #incidentOf(anomaly: Anomaly): Incident {
    const before = this.#incidents.get(anomaly)
    const scope = scopeOf(anomaly.where)
    const bad = this.#badIn(anomaly.where, anomaly.window_rounds)
    const evidence = anomaly.evidence.map((one) => ({ ...one, runs_count: Math.round(one.runs_count) }))
    const first_ms = Math.min(anomaly.opened_ms, ...bad.map(({ run }) => run.started_ms))
    const isOver = anomaly.state === 'closed'
    const ids = bad.map(({ measurement_id }) => measurement_id)
    const incident: Incident = {
      incident_id: before?.incident_id ?? uuidV7(),
      scope,
      severity: severityOf(scope, evidence, before?.scope.kind === scope.kind ? before.severity : 'info'),
      state: anomaly.state,
      started_at: before?.started_at ?? timestamp(first_ms),
      detected_at: timestamp(anomaly.opened_ms),
      ended_at: isOver ? timestamp(anomaly.bad_ms) : null,
      summary: summaryOf(scope, evidence),
      objective: null,
      agents_count: anomaly.agents_count,
      evidence,
      score: anomaly.score,
      opening_excess_ratio: Math.min(1, anomaly.opening_ratio),
      excess_ratio: Math.min(1, Math.max(0, anomaly.ratio)),
      measurement_ids: [...new Set([...ids, ...(before?.measurement_ids ?? [])])].slice(0, SHOWN_MAX),
    }
    this.#incidents.set(anomaly, incident)
    return incident
  }

  #silenceOf(silence: Silence, nowMs: number, endedMs: number | null): Incident {
    const before = this.#incidents.get(silence)
    const scope = scopeOf(silence.where)
    const { agents_count, silent_count } = silence
    const now: IncidentEvidence[] = [
      { signal: 'silent', runs_count: agents_count, bad_count: silent_count, expected_count: 0 },
    ]
    // At the end nobody is silent: what is told is how it was.
    const evidence = endedMs === null || before === undefined ? now : before.evidence
    const ratio = agents_count === 0 ? 0 : silent_count / agents_count
    const incident: Incident = {
      incident_id: before?.incident_id ?? uuidV7(),
      scope,
      severity: severityOf(scope, evidence, 'info'),
      state: endedMs === null ? 'open' : 'closed',
      started_at: timestamp(silence.since_ms),
      detected_at: before?.detected_at ?? timestamp(nowMs),
      ended_at: endedMs === null ? null : timestamp(endedMs),
      summary: summaryOf(scope, evidence),
      objective: null,
      agents_count: evidence[0]?.bad_count ?? 0,
      evidence,
      score: 0,
      opening_excess_ratio: before?.opening_excess_ratio ?? ratio,
      excess_ratio: ratio,
      measurement_ids: [],
    }
    this.#incidents.set(silence, incident)
    return incident
  }

  #breachOf(breach: Breach): Incident {
    const before = this.#incidents.get(breach)
    const scope = scopeOf(breach.where)
    const { objective, state, runs_count, bad_count, agents_count } = breach
    const budget = 1 - objective.target_ratio
    const { signal } = objective
    const evidence = [{ signal, runs_count, bad_count, expected_count: budget * runs_count }]
    const ratio = runs_count === 0 ? 0 : Math.max(0, bad_count / runs_count - budget)
    const shown = this.#badIn(breach.where, ROUNDS_MAX).map(({ measurement_id }) => measurement_id)
    const incident: Incident = {
      incident_id: before?.incident_id ?? uuidV7(),
      scope,
      severity: severityOf(scope, evidence, before?.severity ?? 'info'),
      state,
      started_at: before?.started_at ?? timestamp(breach.opened_ms - objective.short_s * 1_000),
      detected_at: timestamp(breach.opened_ms),
      ended_at: state === 'closed' ? timestamp(breach.bad_ms) : null,
      summary: breachSummaryOf(scope, breach),
      objective: objective.name,
      agents_count,
      evidence,
      score: 0,
      opening_excess_ratio: before?.opening_excess_ratio ?? ratio,
      excess_ratio: ratio,
      measurement_ids: [...new Set([...shown, ...(before?.measurement_ids ?? [])])].slice(0, SHOWN_MAX),
    }
    this.#incidents.set(breach, incident)
    return incident
  }

  /** Bad runs of a scope in the last rounds, the newest first. */
  #badIn(where: Where, rounds: number): Bad[] {
    return this.#bad
      .slice(0, rounds)
      .flatMap((round) => round.filter(({ run }) => isIn(where, run)).reverse())
  }
}

/** Whether a run was where an incident may have been felt, from so long before it was found. */
function wasIn({ scope, started_at, ended_at }: Incident, run: Observation, beforeMs: number): boolean {
  const { started_ms } = run
  return (
    started_ms >= Date.parse(started_at) - beforeMs &&
    (ended_at === null || started_ms <= Date.parse(ended_at)) &&
    isIn(aroundOf(scope.where), run)
  )
}
