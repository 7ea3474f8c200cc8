import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const GRACE_MS = 2_000
const removals = new Set<() => void>()

/**
 * Has `remove` called when this process exits or is told to end. Where somebody else listens for the signal too, they
 * say when the process exits.
 * @returns a function that takes it back
 */
export function onDeath(remove: () => void): () => void {
  if (removals.size === 0) {
    process.on('exit', removeAll)
    for (const signal of SIGNALS) process.on(signal, exit)
  }
  removals.add(remove)
  return () => {
    removals.delete(remove)
    if (removals.size > 0) return
    process.off('exit', removeAll)
    for (const signal of SIGNALS) process.off(signal, exit)
  }
}

/** Ends processes: asks first, and does not ask those that have not gone after two seconds. */
export async function endChildren(children: ReadonlySet<ChildProcess>): Promise<void> {
  await Promise.all(
    [...children].map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await gone
      clearTimeout(timer)
    }),
  )
}

function exit(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  // What a shell reports of a process that a signal ended.
  process.exit(128 + constants.signals[signal])
}

function removeAll(): void {
  for (const remove of removals) remove()
}
