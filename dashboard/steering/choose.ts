import type { SteeringCell } from '@streamgauge/contract'
import { cellKey, cellText } from './words.ts'

const HOUR_MS = 3_600_000

/** Which cells are listed. */
export const CHOICES = {
  all: 'all',
  ill: 'sent where it is ill',
  moved: 'moved within the hour',
  pinned: 'pinned',
  thin: 'fewer than three nodes are well',
} as const
export type Choice = keyof typeof CHOICES

/** With fewer nodes that are well a cell is thin, as in the resilience audit. */
const WELL_MIN = 3

/** Whether a word is one of the choices. */
export function isChoice(text: string): text is Choice {
  return Object.hasOwn(CHOICES, text)
}

/** Nodes of a cell that are well and were measured lately. */
export function wellCount({ targets }: SteeringCell): number {
  return targets.filter(({ ill, expected }) => !ill && expected !== null).length
}

/** The cells that are wanted and have all the words in their name or their first node, by name. */
export function chosenCells(
  cells: readonly SteeringCell[],
  choice: Choice,
  find: string,
  nowMs: number,
): readonly SteeringCell[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  return cells
    .filter((cell) => isWanted(cell, choice, nowMs))
    .map((cell) => ({ cell, name: cellText(cell) }))
    .filter(({ cell, name }) => {
      const text = `${name} ${cellKey(cell)} ${cell.targets[0]?.node_id ?? ''}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .toSorted((a, b) => (cellKey(a.cell) < cellKey(b.cell) ? -1 : 1))
    .map(({ cell }) => cell)
}

function isWanted(cell: SteeringCell, choice: Choice, nowMs: number): boolean {
  if (choice === 'ill') return cell.targets[0]?.ill === true
  if (choice === 'moved') return cell.since !== null && nowMs - Date.parse(cell.since) < HOUR_MS
  if (choice === 'pinned') return cell.pinned
  return choice === 'all' || wellCount(cell) < WELL_MIN
}
