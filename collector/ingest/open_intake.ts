import { join } from 'node:path'
import type { Now } from '../clock.ts'
import { insertAgain } from '../store/again.ts'
import type { Store } from '../store/store.ts'
import { Direct } from './direct.ts'
import { Gathering } from './gathering.ts'
import { type Intake, parts } from './intake.ts'

/** What opening needs of the rest. */
export interface IntakeDeps {
  readonly store: Store
  /** Where the embedded engine's journal is kept. */
  readonly dataDir: string
  readonly now: Now
  readonly warn: (details: object, message: string) => void
}

/** The intake for this store, which has its schema. Throws a `StartError` when the folder cannot be used. */
export async function openIntake({ store, dataDir, now, warn }: IntakeDeps): Promise<Intake> {
  const layouts = await Promise.all(
    Object.keys(parts).map(async (table) => ({ table, columns: await store.columns(table) })),
  )
  if (!store.embedded) {
    return new Direct({
      layouts,
      insertBlock: ({ table, columns }, block, token) => {
        const names = columns.map(({ name }) => name)
        return store.insertBlock(table, names, block, token)
      },
    })
  }
  return new Gathering({
    folder: join(dataDir, 'journal'),
    layouts,
    insertFile: ({ table, columns, file, token }) => store.insertFile(table, columns, file, token),
    insertAgain: (part) => insertAgain(store, part),
    now,
    warn,
  })
}
