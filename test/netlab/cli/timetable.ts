import { pause } from '@streamgauge/agent/clock.ts'
import type { Lab } from '../lab.ts'
import type { Timetable } from './scenarios.ts'

/** Makes the changes of a timetable, round after round, until `signal` says stop. */
export async function follow(
  lab: Lab,
  { round_s, steps }: Timetable,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const inOrder = [...steps].sort((a, b) => a.at_s - b.at_s)
  for (let round = 0; ; round++) {
    for (const [i, step] of inOrder.entries()) {
      await pause((step.at_s - (inOrder[i - 1]?.at_s ?? 0)) * 1_000, signal)
      if (signal.aborted) return
      await lab.link(...step.link).change(step.change)
      say(`${round * round_s + step.at_s} s: ${step.summary}\n`)
    }
    await pause((round_s - (inOrder.at(-1)?.at_s ?? 0)) * 1_000, signal)
    if (signal.aborted) return
  }
}
