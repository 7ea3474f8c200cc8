import type { CompareBy, Comparison, Estimate, Metric } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span, sqlTime } from '../store/filter.ts'
import { LONG } from '../store/limits.ts'
import type { Store } from '../store/store.ts'
import { type BlockRuns, estimateOf, speaksOf, statisticOf } from './arm.ts'
import { blockBootstrap, type Difference } from './bootstrap.ts'
import { isSmall } from './source.ts'
import { judge } from './verdict.ts'

/**
 * The (agent, hour) blocks a comparison rests on: until they have so many runs, but so many blocks at least and at most. Of more,
 * those of lowest hash are taken.
 */
const RAW = { runs: 60_000, least: 500, limit: 5_000 }
const SAMPLE = { runs: 30_000, least: 300, limit: 3_000 }
/** Levels that comparison_sample is ordered by. */
const LEVELS_COUNT = 64
/** Hashes of the sample are below. */
const SAMPLE_END = 2n ** 62n
/** How finely the sample can be cut. */
const SHARES_COUNT = 1_048_576

/** One arm: what it is called, and its window. */
export interface Arm {
  readonly label: string
  readonly span: Span
}

/** What to compare. */
export interface Question {
  readonly by: CompareBy
  readonly metric: Metric
  readonly a: Arm
  readonly b: Arm
  readonly filter: Filter
}

/** As `reports/comparison_blocks.sql` answers. */
interface ComparisonBlock {
  readonly a_values: readonly number[]
  readonly b_values: readonly number[]
  readonly a_runs: number
  readonly b_runs: number
  readonly a_successes: number
  readonly b_successes: number
  readonly a_stall: number
  readonly b_stall: number
  readonly a_watched: number
  readonly b_watched: number
  readonly a_started: number
  readonly b_started: number
  readonly cleartext: number
}

/** As `reports/comparison_blocks_sample.sql` answers. */
type SampleBlock = ComparisonBlock & { readonly pairs: number }

/** B against A: both figures, the change with its interval, and a verdict with its reason. */
export async function compare(store: Store, question: Question): Promise<Comparison> {
  const { by, metric, a, b } = question
  const span = { from: Math.min(a.span.from, b.span.from), to: Math.max(a.span.to, b.span.to) }
  const { source, blocks, pairs } = await readBlocks(store, question, span)
  const aRuns = blocks.map(runsOfA)
  const bRuns = blocks.map(runsOfB)
  const aEstimate = estimateOf(metric, aRuns)
  const bEstimate = estimateOf(metric, bRuns)
  const evidence = {
    metric,
    a: aEstimate,
    b: bEstimate,
    change: { ...(await changeOf(metric, aRuns, bRuns)), n: aEstimate.n + bEstimate.n },
    aBlocks: aRuns.filter((block) => speaksOf(metric, block)).length,
    bBlocks: bRuns.filter((block) => speaksOf(metric, block)).length,
  }
  const { verdict, reason } = judge(evidence)
  const cleartext = blocks.reduce((sum, block) => sum + block.cleartext, 0)
  return {
    from: timestamp(span.from),
    to: timestamp(span.to),
    source,
    by,
    metric,
    a: a.label,
    b: b.label,
    a_estimate: evidence.a,
    b_estimate: evidence.b,
    change: evidence.change,
    pairs_count: pairs,
    blocks_count: Math.min(evidence.aBlocks, evidence.bBlocks),
    verdict,
    reason: cleartext === 0 ? reason : `${reason}; ${cleartext} cleartext runs were left out`,
  }
}

/** What a comparison rests on: all of it, or where that is too much, of the sample what gives blocks enough. */
async function readBlocks(store: Store, question: Question, span: Span) {
  const filter = filterParams(question.filter, span)
  const params = { ...filter, ...armParams(question) }
  const wanted = { ...params, ...valueParams(question.metric) }
  const [source, enough] = await Promise.all([
    chooseSample(store, question.filter, span),
    enoughOf(store, filter),
  ])
  if (source === 'sample') {
    const sampled = { ...wanted, ...SAMPLE, ...enough }
    const blocks = await store.read<SampleBlock>('reports/comparison_blocks_sample', sampled, LONG)
    return { source: 'sample' as const, blocks, pairs: blocks.reduce((sum, block) => sum + block.pairs, 0) }
  }
  const [blocks, pairs] = await Promise.all([
    store.read<ComparisonBlock>('reports/comparison_blocks', { ...wanted, ...RAW }, LONG),
    store.read<{ pairs: number }>('reports/comparison_pairs', params, LONG),
  ])
  return { source: 'raw' as const, blocks, pairs: pairs[0]?.pairs ?? 0 }
}

/**
 * Raw where that is quick: of few runs, of vantages it is ordered by, or of an agent, whom an index finds. Otherwise the
 * sample; nobody would see the difference, as more blocks than the sample has are not taken of raw either.
 */
async function chooseSample(store: Store, filter: Filter, span: Span): Promise<Comparison['source']> {
  if ((filter.agent_id ?? []).length > 0) return 'raw'
  return (await isSmall(store, filter, span)) ? 'raw' : 'sample'
}

/** How much of the sample has blocks enough, by what its first level has; with room for chance. */
async function enoughOf(store: Store, filter: Record<string, unknown>): Promise<Record<string, unknown>> {
  const [first] = await store.read<{ blocks: number; runs: number }>('reports/comparison_level', filter, LONG)
  const blocks = first?.blocks ?? 0
  if (first === undefined || blocks === 0) return { levels: LEVELS_COUNT, below: String(SAMPLE_END) }
  const wanted = Math.min(SAMPLE.limit, Math.max(SAMPLE.least, SAMPLE.runs / (first.runs / blocks)))
  const share = Math.min(1, (wanted * (1.1 + 3 / Math.sqrt(blocks))) / (blocks * LEVELS_COUNT))
  const parts = BigInt(Math.ceil(share * SHARES_COUNT))
  return {
    levels: Math.ceil(share * LEVELS_COUNT),
    below: String((SAMPLE_END * parts) / BigInt(SHARES_COUNT)),
  }
}

/** `(b - a) / a`, or `b - a` for a share; with the interval of a block bootstrap when there are two blocks or more. */
export async function changeOf(
  metric: Metric,
  aRuns: readonly BlockRuns[],
  bRuns: readonly BlockRuns[],
): Promise<Omit<Estimate, 'n'>> {
  const strata = aRuns.map((block, index) => {
    const other = bRuns[index]
    return `${speaksOf(metric, block)} ${other !== undefined && speaksOf(metric, other)}`
  })
  const [a, b] = [statisticOf(metric, aRuns), statisticOf(metric, bRuns)]
  const difference: Difference = metric === 'success_ratio' ? subtract : relate
  const once = strata.map(() => 1)
  const value = difference(a.of(once), b.of(once))
  if (value === null || strata.length < 2) return { value, low: null, high: null }
  const interval = await blockBootstrap(strata, a, b, difference, a.steps + b.steps)
  return { value, low: interval?.low ?? null, high: interval?.high ?? null }
}

const subtract: Difference = (a, b) => (a === null || b === null ? null : b - a)
const relate: Difference = (a, b) => (a === null || b === null || a === 0 ? null : (b - a) / a)

function armParams({ by, a, b }: Question): Record<string, unknown> {
  return {
    by,
    arm: by === 'period' ? 'node_id' : by,
    a_key: by === 'period' ? '' : a.label,
    b_key: by === 'period' ? '' : b.label,
    a_from: sqlTime(a.span.from),
    a_to: sqlTime(a.span.to),
    b_from: sqlTime(b.span.from),
    b_to: sqlTime(b.span.to),
  }
}

function valueParams(metric: Metric): Record<string, unknown> {
  const value = metric === 'stall_ratio' || metric === 'success_ratio' ? 'startup_ms' : metric
  return { metric, value }
}

function runsOfA(block: ComparisonBlock): BlockRuns {
  return {
    values: block.a_values,
    runs: block.a_runs,
    successes: block.a_successes,
    started: block.a_started,
    stall_ms: block.a_stall,
    watched_ms: block.a_watched,
  }
}

function runsOfB(block: ComparisonBlock): BlockRuns {
  return {
    values: block.b_values,
    runs: block.b_runs,
    successes: block.b_successes,
    started: block.b_started,
    stall_ms: block.b_stall,
    watched_ms: block.b_watched,
  }
}
