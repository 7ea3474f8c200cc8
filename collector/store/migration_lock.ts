import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic } from '../clock.ts'
import { CollectorError, codeOf, StartError } from '../error.ts'
import type { Store } from './store.ts'

/** How the lock keeps time, in ms. */
export interface LockTiming {
  /** How often its holder shows that it lives. */
  readonly beatMs: number
  /** A holder that showed nothing for this long is dead. */
  readonly deadMs: number
  /** How long to wait for a holder that lives. */
  readonly waitMs: number
}

export const LOCK_TIMING: LockTiming = { beatMs: 2_000, deadMs: 15_000, waitMs: 3_600_000 }

/** A held lock. */
export interface MigrationLock {
  /** Rejects with `MIGRATION_LOST` when another collector took this one for dead. Asked before each step. */
  readonly check: () => Promise<void>
  readonly release: () => Promise<void>
}

/** What the comment of a lock says that nobody has any more. */
const FREE = 'free'
/** TABLE_ALREADY_EXISTS. */
const EXISTS = '57'

/**
 * Takes the lock under which a server's schema is changed, once nobody has it. It is a table `migration_lock_<n>`: of all that
 * create the same one, the engine lets one succeed. The next lock has the next number, so what an old holder does late is seen.
 * The holder changes the table's comment now and then; whether it still does, each judges by a clock of its own.
 * Throws `MIGRATION_BUSY` when a living holder does not come to an end.
 */
export async function takeMigrationLock(
  store: Store,
  timing: LockTiming = LOCK_TIMING,
): Promise<MigrationLock> {
  const started = monotonic()
  let seen = { text: '', at: started }
  for (;;) {
    const newest = await newestLock(store)
    const text = `${newest.number} ${newest.comment}`
    if (text !== seen.text) seen = { text, at: monotonic() }
    const dead = monotonic() - seen.at > timing.deadMs
    if (newest.comment === FREE || dead) {
      const number = newest.number + 1
      if ((await create(store, number)) && (await stands(store, number))) return hold(store, number, timing)
    } else if (monotonic() - started > timing.waitMs) {
      throw new StartError(
        'MIGRATION_BUSY',
        'another collector is still changing the schema; start again later',
      )
    }
    await sleep(Math.random() * Math.min(timing.beatMs, 500))
  }
}

async function hold(store: Store, number: number, timing: LockTiming): Promise<MigrationLock> {
  const stop = new AbortController()
  const beating = beat(store, number, timing.beatMs, stop.signal)
  await store.run(onAll(store, `DROP TABLE IF EXISTS ${nameOf(store, number - 1)}`))
  return {
    check: async () => {
      const newest = await newestLock(store)
      if (newest.number === number) return
      throw new CollectorError('MIGRATION_LOST', 'another collector took over the migration; start again')
    },
    release: async () => {
      stop.abort()
      await beating
      await comment(store, number, FREE)
    },
  }
}

/** A beat that fails is followed by the next; when none gets through, the lock is another's soon, and `check` says so. */
async function beat(store: Store, number: number, everyMs: number, signal: AbortSignal) {
  const holder = randomUUID()
  for (let count = 0; !signal.aborted; count++) {
    await comment(store, number, `${holder} ${count}`).catch(() => {})
    await sleep(everyMs, null, { signal }).catch(() => {})
  }
}

async function newestLock(store: Store): Promise<{ number: number; comment: string }> {
  const [row] = await store.read<{ number: number; comment: string }>('store/newest_lock', {})
  return row ?? { number: 0, comment: FREE }
}

async function create(store: Store, number: number): Promise<boolean> {
  const statement = `CREATE TABLE ${nameOf(store, number)}{on} (nothing UInt8) ENGINE = Memory COMMENT 'taken'`
  try {
    await store.run(onAll(store, statement))
    return true
  } catch (error) {
    if (error instanceof CollectorError && codeOf(error.cause) === EXISTS) return false
    throw error
  }
}

/** Whether nobody was faster by a whole turn: took this number and the next, and tidied this one away. */
async function stands(store: Store, number: number): Promise<boolean> {
  const newest = await newestLock(store)
  if (newest.number === number) return true
  await store.run(onAll(store, `DROP TABLE IF EXISTS ${nameOf(store, number)}`))
  return false
}

function comment(store: Store, number: number, text: string): Promise<void> {
  return store.run(onAll(store, `ALTER TABLE ${nameOf(store, number)}{on} MODIFY COMMENT '${text}'`))
}

function nameOf({ place }: Store, number: number): string {
  return `${place === null ? '' : `${place.database}.`}migration_lock_${number}`
}

/** On a cluster every server has the lock, and Keeper puts those who want it in an order. `{on}`: where to say so, else at the end. */
function onAll({ place }: Store, statement: string): string {
  const on = place === null ? '' : ` ON CLUSTER '${place.cluster}'`
  return statement.includes('{on}') ? statement.replace('{on}', on) : `${statement}${on}`
}
