import type { Config } from '../config/config.ts'
import { StartError } from '../error.ts'
import { ALWAYS, type Span, sqlTime } from '../store/filter.ts'
import { LONG } from '../store/limits.ts'
import { listDecisions } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import { Replay } from './replay.ts'
import { type BacktestResult, resultOf } from './result.ts'
import { Rounds } from './rounds.ts'
import { readRuns } from './run.ts'

/** Read at a time: a fleet of thousands makes some hundred thousand runs in it. */
const PAGE_MS = 900_000
/** So long before the window detection gets to know what is usual, and steering where cells are best. */
const LEAD_MS = 86_400_000
/** Decisions before the window that are looked at for where cells were. */
const DECISIONS_MAX = 100_000

/** What is asked. */
export interface BacktestOrder {
  readonly span: Span
  readonly roundMs: number
  /** The rules that are asked about. */
  readonly config: Config
  /** Those in force, when others are asked about. */
  readonly inForce: Config | null
  /** Is told how far it is, ms since 1970. */
  readonly tell: (atMs: number) => void
}

/**
 * Replays what is stored, in the order of time and in bounded memory. Throws `NO_MEASUREMENTS` when nothing in the window judges,
 * and `STORE_UNAVAILABLE`.
 */
export async function backtest(store: Store, order: BacktestOrder): Promise<BacktestResult> {
  const { span, roundMs, config, inForce, tell } = order
  const from_ms = span.from
  // Whole rounds, so that judging begins with one.
  const begin = from_ms - Math.floor(LEAD_MS / roundMs) * roundMs
  const end = from_ms + Math.floor((span.to - from_ms) / roundMs) * roundMs
  const rounds = new Rounds(begin, roundMs)
  const sentTo = await sentBefore(store, from_ms)
  const replay = new Replay({ config, inForce, roundMs, from_ms, sentTo })
  let runs_count = 0
  for (let at = begin; at < end; at += PAGE_MS) {
    const to = Math.min(at + PAGE_MS, end)
    const runs = readRuns(
      await store.readLines('backtest/runs', { from: sqlTime(at), to: sqlTime(to) }, LONG),
    )
    runs_count += runs.length
    for (const round of rounds.until(to, runs)) replay.round(round)
    tell(to)
  }
  replay.end()
  if (replay.judgedRuns === 0)
    throw new StartError(
      'NO_MEASUREMENTS',
      'no untainted run of a stream is stored of that window; raw measurements are kept for RETENTION_RAW_DAYS',
    )
  return resultOf(replay, {
    ...{ from_ms, to_ms: end, round_s: roundMs / 1_000 },
    ...{ runs_count, late_runs_count: rounds.lateCount },
  })
}

/** Where the last decisions before a time had sent cells. */
async function sentBefore(store: Store, atMs: number): Promise<Map<string, string>> {
  const span = { from: ALWAYS.from, to: atMs }
  const asked = { span, country: [], isp: [], limit: DECISIONS_MAX }
  const made = (await listDecisions(store, asked)).filter(({ dry_run }) => !dry_run)
  return new Map(made.toReversed().map(({ country, isp, to_node_id }) => [`${country}/${isp}`, to_node_id]))
}
