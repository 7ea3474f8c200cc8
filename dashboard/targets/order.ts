import type { TargetGroup } from './groups.ts'

/** Keeps known groups where they are and puts new ones at the end. */
export function heldOrder(
  ordered: readonly TargetGroup[],
  sequence: readonly string[],
): readonly TargetGroup[] {
  const rank = new Map(sequence.map((key, index) => [key, index]))
  const rankOf = (group: TargetGroup) => rank.get(group.key) ?? sequence.length
  return [...ordered].sort((a, b) => rankOf(a) - rankOf(b))
}
