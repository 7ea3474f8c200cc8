import type { Assignment, Diagnosis, DiagnosisCheck, Incident, Target } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { type Now, timestamp } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { assignmentsFor } from '../fleet/assignments.ts'
import type { Asking } from '../live/asking.ts'
import { keepDiagnosis, listAffected } from '../store/diagnoses.ts'
import type { Store } from '../store/store.ts'
import { checkOf } from './check.ts'
import { conclude } from './conclude.ts'
import { type DiagnosisPlan, planDiagnoses } from './plan.ts'

/** Agents that look, of each incident. */
const AGENTS_MAX = 3
/** Connects to each target, one after another. */
const RUNS_COUNT = 3
const CONNECT_LIMIT_MS = 5_000
/** What was found longer ago than this is no opening: the collector was started since. */
const FRESH_MS = 120_000
/** An agent that has just looked is left alone: one fault is often many incidents. */
const REST_MS = 60_000
/** Incidents whose diagnosis waits or is under way; more are not diagnosed. */
const INCIDENTS_MAX = 50
const REMEMBERED_MAX = 10_000

/** What diagnoses are made of. */
export interface DiagnosesDeps {
  readonly store: Store
  readonly now: Now
  readonly config: Config
  readonly asking: Asking
  /** Is told of each, after it was stored. */
  readonly made: (diagnosis: Diagnosis) => void
  readonly warn: (details: object, message: string) => void
}

/** Has agents that are affected look for themselves when an incident opens, once for each. */
export class Diagnoses {
  readonly #deps: DiagnosesDeps
  readonly #begun = new Set<string>()
  readonly #askedAt = new Map<string, number>()
  readonly #going = new Set<Promise<void>>()
  #closed = false

  constructor(deps: DiagnosesDeps) {
    this.#deps = deps
  }

  /** Takes new versions of incidents, and begins on those that have just opened. Silence has nobody to ask. */
  changed(incidents: readonly Incident[]) {
    const now = this.#deps.now()
    for (const incident of incidents) {
      const { incident_id, state, detected_at, measurement_ids } = incident
      const isOpening = state === 'open' && now - Date.parse(detected_at) < FRESH_MS
      if (this.#closed || !isOpening || measurement_ids.length === 0) continue
      if (this.#begun.has(incident_id) || this.#going.size >= INCIDENTS_MAX) continue
      forgetOldest(this.#begun, REMEMBERED_MAX)
      this.#begun.add(incident_id)
      const work = this.#diagnose(incident).catch((error) => {
        if (!this.#closed) this.#deps.warn({ err: error, incident_id }, 'an incident could not be diagnosed')
      })
      this.#going.add(work)
      void work.finally(() => this.#going.delete(work))
    }
  }

  /** Begins on nothing more. Does not wait for agents that do not answer. */
  close() {
    this.#closed = true
  }

  async #diagnose(incident: Incident): Promise<void> {
    const { store, config, asking, now } = this.#deps
    const affected = await listAffected(store, incident.measurement_ids)
    const plans = planDiagnoses(
      incident,
      affected,
      {
        targetsOf: (agentId) => assignmentsFor(config, agentId).assignments.flatMap(({ targets }) => targets),
        controls: config.targets.filter(({ target_id }) => config.controls.includes(target_id)),
        mayAsk: (agentId) => asking.reaches(agentId) && now() - (this.#askedAt.get(agentId) ?? 0) >= REST_MS,
      },
      AGENTS_MAX,
    )
    for (const { agent_id } of plans) {
      forgetOldest(this.#askedAt, REMEMBERED_MAX)
      this.#askedAt.set(agent_id, now())
    }
    await Promise.all(plans.map((plan) => this.#look(incident, plan)))
  }

  async #look(incident: Incident, { agent_id, node, control }: DiagnosisPlan): Promise<void> {
    const { store, asking, now, made } = this.#deps
    const started_at = timestamp(now())
    const [first] = node
    const [trace, ...checks] = await Promise.all([
      first === undefined ? null : asking.trace(agent_id, first),
      ...node.map((target) => this.#connect(agent_id, 'node', target)),
      ...(control === null ? [] : [this.#connect(agent_id, 'control', control)]),
    ])
    if (this.#closed) return
    const answered = checks.filter((check) => check !== null && check !== 'refused')
    const isHeard = trace !== null || checks.some((check) => check !== null)
    const diagnosis: Diagnosis = {
      diagnosis_id: uuidv7(),
      incident_id: incident.incident_id,
      agent_id,
      started_at,
      ended_at: timestamp(now()),
      conclusion: isHeard ? conclude(answered) : 'unreachable',
      checks: answered,
      trace: trace ?? { ok: false, code: 'NO_ANSWER', message: 'the agent did not answer' },
    }
    await keepDiagnosis(store, diagnosis)
    made(diagnosis)
  }

  /** `null`: the agent did not answer; `refused`: it answered that it could not. */
  async #connect(
    agentId: string,
    role: DiagnosisCheck['role'],
    target: Target,
  ): Promise<DiagnosisCheck | 'refused' | null> {
    const runs = []
    let last: 'refused' | null = null
    for (let count = 0; count < RUNS_COUNT; count++) {
      const answer = await this.#deps.asking.probe(agentId, connectTo(target))
      if (answer === null) break
      if (answer.ok) runs.push(...answer.measurements)
      else last = 'refused'
    }
    return runs.length === 0 ? last : checkOf(role, target, runs)
  }
}

/** One run alone is no pair, and so in no comparison: what is measured because something is ill would lean on it. */
function connectTo(target: Target): Assignment {
  return {
    assignment_id: 'diagnosis',
    kind: 'connect',
    targets: [target],
    cron: '* * * * * *',
    spread_ms: 0,
    duration_ms: CONNECT_LIMIT_MS,
    policy_start_ms: 0,
    policy_resume_ms: 0,
    budget_bytes_per_day: null,
  }
}

function forgetOldest(known: Set<string> | Map<string, unknown>, most: number) {
  const [oldest] = known.keys()
  if (known.size >= most && oldest !== undefined) known.delete(oldest)
}
