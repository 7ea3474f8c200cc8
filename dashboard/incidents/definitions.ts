import type { Explained } from '../figures/definition.ts'

const explained = (name: string, definition: string, note: string | null = null): Explained => ({
  name,
  definition,
  note,
})

/** How every figure of an incident is defined; in full in `docs/detection.md`. */
export const DEFINITIONS = {
  severity: explained(
    'Severity',
    'critical: at least half of the runs failed beyond the expected. warning: anything less that is of more than one agent. info: one agent’s own. It does not fall while the kind of scope stays.',
  ),
  agents: explained(
    'Agents that agreed',
    'Agents with bad runs of their own beyond the expected when it was found; of silence, the agents that are silent; of an objective, those with a bad run in its short window.',
  ),
  started: explained(
    'Started',
    'When the first of its bad runs began; of an objective, the beginning of the short window in which it was found.',
  ),
  found: explained('Found', 'When detection opened it, and how long after it had started that was.'),
  ended: explained('Ended', 'When the last of its bad runs had been seen.'),
  objective: explained(
    'Objective',
    'The share of good runs that the configuration promises. Without one the incident is of what is unusual.',
  ),
  opening: explained(
    'Excess when found',
    'Share of runs that were bad beyond the expected when it was found: (bad − expected) ÷ runs, of the signal with the most.',
    'How many runs that was is not kept: the n of the evidence is of the last rounds in which it was bad.',
  ),
  excess: explained(
    'Latest excess',
    'The same share in the latest rounds with enough runs to tell. Above 1.5 times that when found: worsening. Below 35 % of it: recovering.',
  ),
  score: explained(
    'Score',
    'How much likelier the bad runs are with this scope ill than by chance: Kulldorff’s log-likelihood ratio for Poisson counts, summed over signals, divided by 1.5 because bad runs come in bunches, less the logarithm of how many scopes of its kind there are. In nats: one more is 2.7 times likelier. From 9 on an incident opens.',
    'As of when it was found, or took a scope that explains it better. Objectives and silence are not scored.',
  ),
  bad: explained(
    'Share bad',
    'Bad runs ÷ runs of the scope in the last rounds in which it was bad. Of one agent, node, route, transport and kind of run, four runs a round count.',
    'n counts runs; of silence, agents. The range is the 95 % Wilson interval, as if runs were independent: bad ones come in bunches, so read it as a lower bound of the doubt.',
  ),
  expected: explained(
    'Expected',
    'The share of bad runs that is usual for the same agents, nodes and hours, learnt with a half-life of a week; of an objective, the share that it allows.',
  ),
  connected: explained(
    'Connected',
    'Runs that connected, of those the agent made one after another for this diagnosis, and the median connect time of those that did.',
  ),
  rtt: explained(
    'Round trips',
    'The time of each answer of a router. Many routers answer seldom or late on purpose: a missing answer is no proof of loss, and only what lasts to the end of the way matters.',
  ),
} as const satisfies Readonly<Record<string, Explained>>

/** What holds for all of them. */
export const ALL_FIGURES =
  'Tainted runs are left out of every figure here. In full: docs/detection.md of Streamgauge.'
