import { probe, type RunOptions } from '@streamgauge/agent/probe/run.ts'
import { warmUp } from '@streamgauge/agent/warm_up.ts'
import type { Target } from '@streamgauge/contract'

/** What the test asks for: one run after another. */
export interface Asked {
  readonly target: Target
  readonly options: RunOptions
}

await warmUp(['tcp', 'quic'])
process.on('message', (asked: Asked) => {
  void probe(asked.target, asked.options).then((measurement) => process.send?.(measurement))
})
process.send?.('ready')
