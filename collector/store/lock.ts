import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf, StartError } from '../error.ts'

/** SQLite's "database is locked". */
const SQLITE_BUSY = 5

/** A held lock; the kernel gives it back when the process dies, however it dies. */
export interface Lock {
  readonly release: () => void
}

/**
 * Makes the data folder and takes it for this process. Throws `DATA_DIR_UNWRITABLE` or `DATA_DIR_IN_USE`.
 * The lock is SQLite's own on an empty file: advisory, per process, gone after a kill -9.
 */
export function lockDataDir(dataDir: string): Lock {
  const path = join(dataDir, 'collector.lock')
  let file: DatabaseSync
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK)
    file = new DatabaseSync(path, { timeout: 0 })
  } catch (error) {
    throw new StartError('DATA_DIR_UNWRITABLE', `cannot write ${dataDir}: ${messageOf(error)}`, error)
  }
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if (isBusy(error)) throw new StartError('DATA_DIR_IN_USE', `another collector uses ${dataDir}`, error)
    throw new StartError('DATA_DIR_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, error)
  }
  return { release: () => file.close() }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
