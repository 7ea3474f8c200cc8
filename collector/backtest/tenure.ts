import type { Account } from './book.ts'
import { addSums, type ByPlace, noSuffering, type Suffered } from './suffered.ts'

interface Stay {
  ms: number
  ill_ms: number
  /** What the cell's own runs, and its country's, say of its node while the cell was there. */
  readonly own: Suffered
  readonly country: Suffered
}

/** Where one cell was in a block of time, node by node, and what was measured there meanwhile. */
export class Tenure {
  readonly #stays = new Map<string, Stay>()
  #awayMs = 0

  /** Adds time at a node, with the runs of that time. `node` undefined: it was sent nowhere. */
  add(
    cell: string,
    country: string,
    node: string | undefined,
    ms: number,
    { ill, runs }: { readonly ill: boolean; readonly runs: ByPlace },
  ) {
    if (node === undefined) {
      this.#awayMs += ms
      return
    }
    const stay = this.#stays.get(node) ?? { ms: 0, ill_ms: 0, own: noSuffering(), country: noSuffering() }
    this.#stays.set(node, stay)
    stay.ms += ms
    if (ill) stay.ill_ms += ms
    const own = runs.find(cell, node)
    const near = runs.find(country, node)
    if (own !== undefined) addSums(stay.own, own)
    if (near !== undefined) addSums(stay.country, near)
  }

  /** What that came to. Each stay weighs by its time; one that nobody measured is as the others are. */
  get account(): Account {
    const sum = noSuffering()
    let [total_ms, own_ms, country_ms, ill_ms, runs] = [this.#awayMs, 0, 0, 0, 0]
    for (const { ms, ill_ms: illMs, own, country } of this.#stays.values()) {
      total_ms += ms
      ill_ms += illMs
      const seen = own.runs > 0 ? own : country
      if (seen.runs === 0) continue
      if (seen === own) own_ms += ms
      else country_ms += ms
      runs += seen.runs
      addSums(sum, seen, ms / seen.runs)
    }
    const measured = own_ms + country_ms
    const suffered = noSuffering()
    if (measured > 0) addSums(suffered, sum, 1 / measured)
    return { suffered: measured > 0 ? suffered : null, total_ms, own_ms, country_ms, ill_ms, runs }
  }
}
