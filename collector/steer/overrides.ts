import type { SteeringOverride } from '@streamgauge/contract'
import { type Now, timestamp } from '../clock.ts'
import { CollectorError } from '../error.ts'
import { keepOverride, listOverrides } from '../store/steering.ts'
import type { Store } from '../store/store.ts'

/** Cells and nodes that something is said of, or was: each stays in the list. */
const OVERRIDES_MAX = 20_000

/** What an operator wants; `revision` is that of the override they have seen. */
export type Wanted = Pick<
  SteeringOverride,
  'kind' | 'key' | 'node_id' | 'drained' | 'until' | 'by' | 'note' | 'revision'
>

/** What operators say of cells and nodes. `open` it before use. */
export class Overrides {
  readonly #store: Store
  readonly #now: Now
  readonly #known = new Map<string, SteeringOverride>()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(store: Store, now: Now) {
    this.#store = store
    this.#now = now
  }

  /** Reads what was said before. Throws `STORE_UNAVAILABLE`. */
  async open(): Promise<void> {
    for (const one of await listOverrides(this.#store)) this.#known.set(nameOf(one), one)
  }

  /** All that was ever said, the latest of each. */
  get all(): SteeringOverride[] {
    return [...this.#known.values()]
  }

  /** What is said now: cells with where they are sent, and nodes nobody is sent to. */
  at(nowMs: number): { readonly pins: Map<string, string>; readonly drained: Set<string> } {
    const now = this.all.filter(({ until }) => until === null || nowMs < Date.parse(until))
    return {
      pins: new Map(now.flatMap(({ key, node_id }) => (node_id === null ? [] : [[key, node_id]]))),
      drained: new Set(now.flatMap(({ key, drained }) => (drained ? [key] : []))),
    }
  }

  /**
   * Keeps what an operator says, if nobody has said something else since they looked: of two at once the second is refused.
   * Throws `CONFLICT`, `TOO_MANY_OVERRIDES`, `STORE_UNAVAILABLE`.
   */
  put(wanted: Wanted): Promise<SteeringOverride> {
    const work = this.#writing.then(() => this.#put(wanted))
    this.#writing = work.catch(() => {})
    return work
  }

  async #put({ revision, ...wanted }: Wanted): Promise<SteeringOverride> {
    const name = nameOf(wanted)
    const known = this.#known.get(name)?.revision ?? 0
    if (known !== revision) {
      const message = `${wanted.key} is at revision ${known}, not ${revision}: somebody said something else since`
      throw new CollectorError('CONFLICT', message, { status: 409 })
    }
    if (known === 0 && this.#known.size >= OVERRIDES_MAX)
      throw new CollectorError('TOO_MANY_OVERRIDES', `there are ${OVERRIDES_MAX} overrides`, { status: 409 })
    const override = { ...wanted, revision: revision + 1, at: timestamp(this.#now()) }
    await keepOverride(this.#store, override)
    this.#known.set(name, override)
    return override
  }
}

function nameOf({ kind, key }: Pick<SteeringOverride, 'kind' | 'key'>): string {
  return `${kind} ${key}`
}
