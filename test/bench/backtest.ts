import { parseArgs } from 'node:util'
import { policyWith } from '@streamgauge/collector/command/backtest_options.ts'
import { USUAL_POLICY } from '@streamgauge/collector/steer/policy.ts'
import { tell } from './backtest/tell.ts'
import { replayed } from './backtest/world.ts'

/**
 * What steering gains in simulated worlds, one of each seed: a month with incidents of every scope and with evenings, replayed as
 * `streamgauge-collector backtest` does, and judged by what the simulator knows to be true.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    days: { type: 'string', default: '28' },
    incidents: { type: 'string', default: '60' },
    /** `anywhere`: at any node that is played from; few of those are where viewers are. */
    where: { type: 'string', default: 'likely' },
    nodes: { type: 'string', default: '400' },
    /** In s; in a round each agent makes one visit of two runs. */
    round: { type: 'string', default: '60' },
    /** As of the command. */
    policy: { type: 'string', default: '' },
  },
})
const outcomes = Array.from({ length: Number(values.seeds) }, (_, index) => {
  const outcome = replayed({
    seed: index + 1,
    days: Number(values.days),
    incidents: Number(values.incidents),
    where: values.where === 'anywhere' ? 'anywhere' : 'likely',
    nodes: Number(values.nodes),
    roundMs: 1_000 * Number(values.round),
    policy: policyWith(values.policy, USUAL_POLICY),
  })
  console.error(`seed ${index + 1}: ${outcome.took_s.toFixed(0)} s`)
  return outcome
})
tell(outcomes)
