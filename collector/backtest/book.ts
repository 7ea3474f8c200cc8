import { addSums, noSuffering, type Suffered } from './suffered.ts'

/** What one way of sending viewers came to in a block of time in one cell. */
export interface Account {
  /** Of one viewer on average; `null`: nobody measured where it was. */
  readonly suffered: Suffered | null
  readonly total_ms: number
  /** Of that, measured by the cell itself, and by its country alone. */
  readonly own_ms: number
  readonly country_ms: number
  readonly ill_ms: number
  readonly runs: number
}

/** Both of a pair over the same blocks, for one cluster. */
export interface Compared {
  readonly mine: Suffered
  readonly base: Suffered
}

/** Sums of one way, viewers' time as weights. */
export interface Totals {
  readonly suffered: Suffered
  total_ms: number
  own_ms: number
  country_ms: number
  ill_ms: number
  runs: number
}

/** Whom others are compared with, by day and by cell. */
export type Clusters = Map<string, Compared>

/** What all ways came to, added up as blocks are over. */
export class Book {
  readonly totals = new Map<string, Totals>()
  /** By name, and the name it is compared with. */
  readonly byDay = new Map<string, Clusters>()
  readonly byCell = new Map<string, Clusters>()

  /** Adds what each way came to in a block in one cell; `bases`: those the others are compared with. */
  add(
    at: { readonly day: string; readonly cell: string; readonly share: number },
    accounts: ReadonlyMap<string, Account>,
    bases: readonly string[],
  ) {
    for (const [name, account] of accounts) {
      this.#total(name, account, at.share)
      for (const base of bases) {
        const other = accounts.get(base)?.suffered
        if (name === base || !account.suffered || !other) continue
        const weight = at.share * account.total_ms
        for (const [clusters, key] of [
          [this.byDay, at.day],
          [this.byCell, at.cell],
        ] as const) {
          const pair = pairIn(clusters, pairName(name, base), key)
          addSums(pair.mine, account.suffered, weight)
          addSums(pair.base, other, weight)
        }
      }
    }
  }

  #total(name: string, account: Account, share: number) {
    const before = this.totals.get(name)
    const totals = before ?? {
      suffered: noSuffering(),
      ...{ total_ms: 0, own_ms: 0, country_ms: 0, ill_ms: 0, runs: 0 },
    }
    this.totals.set(name, totals)
    if (account.suffered !== null) addSums(totals.suffered, account.suffered, share * account.total_ms)
    totals.total_ms += share * account.total_ms
    totals.own_ms += share * account.own_ms
    totals.country_ms += share * account.country_ms
    totals.ill_ms += share * account.ill_ms
    totals.runs += account.runs
  }
}

/** The key of a comparison. */
export function pairName(name: string, base: string): string {
  return `${name}\n${base}`
}

function pairIn(pairs: Map<string, Clusters>, name: string, cluster: string): Compared {
  const clusters = pairs.get(name) ?? new Map<string, Compared>()
  pairs.set(name, clusters)
  const pair = clusters.get(cluster) ?? { mine: noSuffering(), base: noSuffering() }
  clusters.set(cluster, pair)
  return pair
}
