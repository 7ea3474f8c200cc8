import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Assignment, AssignmentSet, type Measurement, type Target } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { v7 as uuidv7 } from 'uuid'
import { pause, utcNow } from './clock.ts'
import { sweepQlogs } from './connect/qlog.ts'
import { fetchAssignments } from './live/assignments.ts'
import { connectLive, type Live } from './live/live.ts'
import { Outbox } from './outbox/outbox.ts'
import { type Destination, type SenderLog, sendForever } from './outbox/sender.ts'
import { notRun } from './probe/measurement.ts'
import { probe } from './probe/run.ts'
import { Budget } from './schedule/budget.ts'
import { Schedule } from './schedule/schedule.ts'
import { Slots } from './schedule/slots.ts'
import { Spacing } from './schedule/spacing.ts'
import { trace } from './trace/trace.ts'

const isAssignmentSet = Compile(AssignmentSet)
const POLL_MS = 30_000
/** Assignments run side by side at most; more wait their turn. */
const SIDE_BY_SIDE = 4
/** Longer than a handshake and a first frame take on most paths. */
const STARTS_APART_MS = 500
/** With this much unsent, probing pauses: what has been measured is worth more than what could be. */
const OUTBOX_MAX = 500_000

/** How to start the daemon. */
export interface AgentOptions extends Destination {
  readonly data_dir: string
  readonly log: SenderLog
}

/** A running agent. */
export interface Agent {
  readonly outbox: Outbox
  /** Stops probing and sending at once; what is not sent stays on disk. */
  close(): Promise<void>
}

/**
 * Starts the daemon: asks the collector what to probe, probes on schedule, writes every measurement to disk
 * and then sends it. Works on with what it was last told when the collector is away, across restarts too.
 * @throws when the data folder cannot be written
 */
export function startAgent(options: AgentOptions): Agent {
  mkdirSync(options.data_dir, { recursive: true })
  sweepQlogs()
  const outbox = new Outbox(join(options.data_dir, 'outbox.sqlite'))
  const stopping = new AbortController()
  const budget = new Budget(outbox)
  const slots = new Slots(SIDE_BY_SIDE)
  const traces = new Slots(1)
  const spacing = new Spacing(STARTS_APART_MS)
  let live: Live | null = null

  const measure = async (assignment: Assignment): Promise<Measurement[]> => {
    const measurements: Measurement[] = []
    const targets = inRandomOrder(assignment.targets)
    const pair_id = targets.length === 2 ? uuidv7() : null
    for (const [index, target] of targets.entries()) {
      if (stopping.signal.aborted) break
      const pair = pair_id === null ? null : { pair_id, position: index === 0 ? (0 as const) : (1 as const) }
      const run = {
        ...runOptionsOf(options.agent_id, assignment),
        pair,
        signal: stopping.signal,
        clock: () => live?.clock() ?? null,
      }
      if (budget.spent(assignment)) {
        measurements.push(notRun(target, run, 'BUDGET_SPENT', 'budget'))
        continue
      }
      await spacing.turn(stopping.signal)
      live?.started(startOf(target, assignment))
      const measurement = await probe(target, run)
      // A run that was cut off by our own stopping says nothing about the network.
      if (stopping.signal.aborted) break
      budget.add(assignment, measurement.bytes ?? 0)
      measurements.push(measurement)
    }
    for (const measurement of measurements) outbox.put(measurement)
    return measurements
  }

  const schedule = new Schedule(async (assignment) => {
    try {
      if (outbox.count() >= OUTBOX_MAX) {
        options.log.warn(
          { outbox_count: outbox.count() },
          'OUTBOX_FULL: probing pauses until the collector takes measurements',
        )
        return
      }
      await slots.with(() => measure(assignment))
    } catch (error) {
      options.log.warn(
        { assignment_id: assignment.assignment_id, error: String(error) },
        'a run went wrong in this agent',
      )
    }
  })

  const take = (set: unknown): void => {
    if (!isAssignmentSet.Check(set)) {
      options.log.warn(
        {},
        'ASSIGNMENTS_INVALID: the collector sent assignments this agent does not understand; the last ones stay',
      )
      return
    }
    outbox.remember('assignments', JSON.stringify(set))
    const senseless = schedule.replace(set)
    if (senseless.length > 0)
      options.log.warn({ assignments: senseless }, 'CRON_INVALID: these assignments never run')
  }

  const kept = outbox.recall('assignments')
  if (kept !== null) take(JSON.parse(kept))
  live = connectLive(options, {
    assignments: take,
    probe: (assignment) => slots.with(() => measure(assignment)),
    trace: (target) => traces.with(() => trace(target, stopping.signal)),
    beat: () => ({ outbox_count: outbox.count(), running_count: slots.taken }),
  })
  const polling = pollAssignments(options, take, stopping.signal)
  const sending = sendForever(outbox, options, options.log, stopping.signal)

  return {
    outbox,
    async close() {
      schedule.stop()
      stopping.abort()
      live?.close()
      await Promise.all([polling, sending, slots.idle()])
      outbox.close()
    },
  }
}

/** The live connection brings changes at once; this brings them all the same when it cannot be had. */
async function pollAssignments(
  options: AgentOptions,
  take: (set: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let revision: string | null = null
  while (!signal.aborted) {
    const answer = await fetchAssignments(options, revision, signal)
    if (answer.kind === 'new') {
      revision = answer.revision
      take(answer.set)
    } else if (answer.kind === 'failed' && !signal.aborted) {
      options.log.warn({ reason: answer.reason }, 'no assignments from the collector; the last ones stay')
    }
    await pause(answer.kind === 'failed' ? POLL_MS / 10 : POLL_MS, signal)
  }
}

function runOptionsOf(agent_id: string, assignment: Assignment) {
  return {
    agent_id,
    kind: assignment.kind,
    duration_ms: assignment.duration_ms,
    policy: { start_ms: assignment.policy_start_ms, resume_ms: assignment.policy_resume_ms },
  }
}

function startOf(target: Target, assignment: Assignment) {
  const { target_id, node_id, stream_id, transport } = target
  return {
    target_id,
    node_id,
    stream_id,
    transport,
    started_at: utcNow(),
    duration_ms: assignment.duration_ms,
  }
}

/** Which half of a pair goes first is drawn anew each time, so that order explains nothing. */
function inRandomOrder(targets: readonly Target[]): Target[] {
  return targets.length === 2 && randomInt(2) === 1 ? targets.toReversed() : [...targets]
}
