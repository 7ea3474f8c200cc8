import type { SteeringTable } from '@streamgauge/contract'
import { formatAge } from '../figures/format.ts'

/** Whether the table counts, and how old its figures are. */
export function standingText({ as_of, stale, dry_run }: SteeringTable, nowMs: number): string {
  if (as_of === null) return 'Nothing was decided yet: the first round is not over.'
  const age = formatAge(nowMs - Date.parse(as_of))
  const words = [
    stale
      ? `Stale: nothing new was measured, or the store is away. The last table, ${age} old, goes on answering; nobody is moved by it.`
      : `By figures of ${age} ago.`,
    ...(dry_run ? ['Dry run: what is here is only written down. Viewers get the nearest node.'] : []),
  ]
  return words.join(' ')
}
