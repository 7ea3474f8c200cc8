/** One check: a statement that only reads, what it looks at, and what its findings mean. */
export interface Job {
  readonly name: string
  readonly statement: string
  /** node-cron expression with seconds, UTC. Apart from one another, so that they seldom wait. */
  readonly schedule: string
  readonly windowMs: number
  /** Left out at the end of the window: what may still be on its way. */
  readonly settleMs: number
  readonly means: string
  readonly action: string
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Every check and its schedule. Adding one is a statement and a member here. */
export const JOBS: readonly Job[] = [
  {
    name: 'duplicates',
    statement: 'checks/duplicates',
    schedule: '10 7 * * * *',
    windowMs: HOUR_MS,
    settleMs: 0,
    means: 'runs are stored more than once, and counted as often in every figure',
    action:
      'look for two agents with one outbox folder, or a store restored from an older copy; report it, it is a fault',
  },
  {
    name: 'silent_agents',
    statement: 'checks/silent_agents',
    schedule: '40 */5 * * * *',
    windowMs: 24 * HOUR_MS,
    settleMs: 0,
    means: 'agents heard of within a day were not heard of for ten minutes',
    action: 'look whether their machines are up and reach the collector: streamgauge-agent doctor',
  },
  {
    name: 'clock_skew',
    statement: 'checks/clock_skew',
    schedule: '50 3,18,33,48 * * * *',
    windowMs: HOUR_MS,
    settleMs: 0,
    means: "agents' clocks are more than a second off; their runs are filed under the wrong time",
    action: 'set up time synchronisation on them (chrony or systemd-timesyncd)',
  },
  {
    name: 'gaps',
    statement: 'checks/gaps',
    schedule: '20 12,42 * * * *',
    windowMs: 2 * HOUR_MS,
    settleMs: 5 * MINUTE_MS,
    means: 'agents that are at work stopped running some of their targets',
    action:
      'look at the assignments and at the budget of the agent; no harm when a target was taken away on purpose',
  },
  {
    name: 'rejections',
    statement: 'checks/rejections',
    schedule: '30 1-59/5 * * * *',
    windowMs: 25 * HOUR_MS,
    settleMs: 0,
    means: "many more of some agents' lines are refused than were before; those runs are lost",
    action:
      'read their messages in the table rejections; most often an agent is older or newer than the collector',
  },
  {
    name: 'late',
    statement: 'checks/late',
    schedule: '15 9,39 * * * *',
    windowMs: 6 * HOUR_MS,
    settleMs: 0,
    means: 'runs came more than ten minutes after they had ended; what was looked at meanwhile lacked them',
    action: 'look at outbox_count of these agents, their way to the collector, and whether ingest was behind',
  },
]
