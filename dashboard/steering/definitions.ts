import type { Explained } from '../figures/definition.ts'

const explained = (name: string, definition: string, note: string | null = null): Explained => ({
  name,
  definition,
  note,
})

/** How every figure of steering is defined; in full in `docs/steering.md`. */
export const DEFINITIONS = {
  cost: explained(
    'Cost',
    'What viewers have to expect of a node, lower is better: the share of runs that fail, plus the stall ratio, plus 0.02 for each second until the connection and until the first picture, with what the configuration adds for the node.',
    'These are the usual weights; steering.weights in the configuration may say others.',
  ),
  success: explained(
    'Success',
    'Share of runs without a failure, of the last twenty minutes; a run of five minutes ago weighs 0.37 of one just made. Drawn towards the country’s share to the same node, as if by six runs.',
    'No interval: it is made to decide by, not to report. A verdict has one.',
  ),
  stall: explained(
    'Stall ratio',
    'Time stalled ÷ time watched, of the same runs, drawn towards the country’s as if by a minute of watching.',
  ),
  handshake: explained(
    'Connect',
    'Geometric mean of the time until the connection is there, of the same runs.',
  ),
  startup: explained(
    'First frame',
    'Geometric mean of the time until the first picture that plays, of the same runs.',
  ),
  n: explained(
    'n',
    'The weight of the cell’s own runs: one just made weighs 1, one of five minutes ago 0.37. Where it is small, the figures are those of its country.',
  ),
  verdict: explained(
    'Verdict',
    'After a move for what is ill or better, agents of the cell play the same stream from where it was and from where it is, as pairs in random order. The gain is the cost of a run where it was less that of one where it is, on average, with its 95 % interval by Student. helped and hurt are intervals on one side of nothing.',
    'n counts pairs. Moves that were first, pinned, forced, taken back or tried only are not judged.',
  ),
  stranded: explained(
    'No room elsewhere',
    'If the node were lost, its cells would go to their next nodes that are well, the largest first, as far as capacity_bps allows; these would find none. The rate is theirs by steering.demand.',
    'A node without capacity_bps has room for everybody; a cell without a demand needs none.',
  ),
} as const satisfies Readonly<Record<string, Explained>>

/** What holds for all of them. */
export const ALL_FIGURES =
  'Tainted runs, and failures of an agent’s own, are left out. In full: docs/steering.md of Streamgauge.'
