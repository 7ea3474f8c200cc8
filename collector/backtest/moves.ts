import type { Sent } from './contestant.ts'

/** How often viewers were moved; that they were sent somewhere at first is no move. */
export interface MoveFigures {
  readonly count: number
  readonly by_motive: Readonly<Record<string, number>>
  /** Over every cell on every day, those without any included. */
  readonly per_cell_and_day: { readonly median: number; readonly p95: number; readonly max: number }
}

/** Counts the moves of one way of sending viewers. */
export class Moves {
  readonly #motives = new Map<string, number>()
  /** By day and cell. */
  readonly #counts = new Map<string, number>()

  add(day: string, sent: readonly Sent[]) {
    for (const { cell, from, motive } of sent) {
      if (from === null || isRest(cell)) continue
      this.#motives.set(motive, (this.#motives.get(motive) ?? 0) + 1)
      const key = `${day}\n${cell}`
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
  }

  /** `cellDays`: how many cells there were on how many days, multiplied. */
  figures(cellDays: number): MoveFigures {
    const some = [...this.#counts.values()].sort((a, b) => a - b)
    const none = Math.max(0, cellDays - some.length)
    const at = (share: number) => some[Math.ceil(share * (none + some.length)) - 1 - none] ?? 0
    return {
      count: some.reduce((sum, count) => sum + count, 0),
      by_motive: Object.fromEntries([...this.#motives].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      per_cell_and_day: { median: at(0.5), p95: at(0.95), max: some.at(-1) ?? 0 },
    }
  }
}

/** Whether a cell is a country's rest or everybody else: nobody measures there, and nobody is judged. */
export function isRest(cell: string): boolean {
  return cell.endsWith('/*')
}
