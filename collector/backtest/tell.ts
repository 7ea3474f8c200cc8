import { HINDSIGHT } from './replay.ts'
import type { BacktestResult, Gain, PolicyResult } from './result.ts'

const MEANINGS: Readonly<Record<string, string>> = {
  none: 'no steering: each cell stays where it was when the window began',
  nearest: 'each cell at the nearest open node, whatever is measured',
  configured: 'the rules in force',
  policy: 'the rules that were asked about',
  hindsight:
    'the best node of each hour, chosen by one half of its runs and judged by the other; moves cost nothing',
}

/** A replay's figures as text that can be read without knowing anything. */
export function textOf(result: BacktestResult): string {
  const { policies, from, to, cells_count, runs_count, judged_runs_count, late_runs_count } = result
  const names = policies.map(({ name }) => name)
  return [
    `Backtest of ${from} to ${to}, in rounds of ${result.round_s} s: ${cells_count} cells, ${runs_count} runs read ` +
      `(a day before the window included), ${judged_runs_count} to judge by, ${late_runs_count} too late to decide by, ` +
      `${result.incidents_count} incidents of warning or worse.`,
    '',
    ...table([HEADS, ...policies.map(cellsOf)]),
    '',
    ...policies.flatMap(({ name, gains }) =>
      gains
        .filter(({ against }) => names.includes(against))
        .map(
          ({ against, cost, stall_ratio, share_of_hindsight, clusters_count }) =>
            `${name} against ${against}: cost ${shown(cost, 5, 1)} less, stalled ${shown(stall_ratio, 3, 100)} points less; ` +
            `n ${clusters_count} ${result.clustered_by}s` +
            (share_of_hindsight === null
              ? ''
              : `; ${percent(share_of_hindsight, 0)} of what hindsight spares`),
        ),
    ),
    '',
    ...names.map((name) => `${name.padEnd(11)}${MEANINGS[name] ?? ''}`),
    '',
    `Gains have 95 % intervals, clustered by ${result.clustered_by}, and are over hours in which both were measured. "measured": share of`,
    'viewers’ time at nodes that somebody of the cell, or of its country, measured at that time; the rest is left out. "ill": share of',
    'viewers’ time at nodes that an incident had said were ill. Moves are of a cell on a day. Hindsight knows the hour it chooses',
    'for, but chooses by half the runs: with few of them steering can do better. Moves are not taken back because they hurt:',
    'nobody verified moves that were never made. What operators said while it ran is not replayed.',
  ].join('\n')
}

const HEADS = [
  'policy',
  'stalled',
  'success',
  'connect',
  'first frame',
  'cost',
  'ill',
  'measured',
  'moves',
  'median',
  'p95',
  'max',
]

function cellsOf(policy: PolicyResult): string[] {
  const { name, stall_ratio, success_ratio, handshake_ms, first_frame_ms, cost, moves, ill_ratio } = policy
  const perDay = moves?.per_cell_and_day
  return [
    name,
    percent(stall_ratio, 3),
    percent(success_ratio, 2),
    ms(handshake_ms),
    ms(first_frame_ms),
    cost === null ? '-' : cost.toFixed(5),
    percent(ill_ratio, 2),
    percent(policy.measured_ratio, 1),
    `${name === HINDSIGHT ? '-' : (moves?.count ?? '-')}`,
    `${perDay?.median ?? '-'}`,
    `${perDay?.p95 ?? '-'}`,
    `${perDay?.max ?? '-'}`,
  ]
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
}

function shown({ value, low, high }: Gain, digits: number, factor: number): string {
  const text = (one: number) => (factor * one).toFixed(digits)
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)} to ${text(high)})`
}

function percent(ratio: number | null, digits: number): string {
  return ratio === null ? '-' : `${(100 * ratio).toFixed(digits)} %`
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(0)} ms`
}
