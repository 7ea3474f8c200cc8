/** What a test, or a whole file of tests, cleans up with. */
export interface Owner {
  after(work: () => void | Promise<void>): void
}

/** What a whole file of tests owns: hand `end` to `after`. Ends in reverse order. */
export function fileOwner(): Owner & { end(): Promise<void> } {
  const works: (() => void | Promise<void>)[] = []
  return {
    after: (work) => void works.unshift(work),
    async end() {
      for (const work of works) await work()
    },
  }
}

const reversed = new WeakMap<Owner, Owner>()

/**
 * The same owner, cleaning up in reverse order: a test does so in the order of registration, which takes a folder away
 * from under the engine that still writes into it.
 */
export function lastFirst(owner: Owner): Owner {
  const known = reversed.get(owner)
  if (known !== undefined) return known
  const works = fileOwner()
  owner.after(works.end)
  reversed.set(owner, works)
  return works
}
