import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, messageOf, StartError } from '../error.ts'

/** The token kept in `dataDir/<name>`, made at first use with mode 0600. Throws `DATA_DIR_UNWRITABLE`. */
export function keptToken(dataDir: string, name: string): string {
  const path = join(dataDir, name)
  try {
    const kept = readFileSync(path, 'utf8').trim()
    if (kept !== '') return kept
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unusable(path, error)
  }
  const token = `sg_${randomBytes(32).toString('base64url')}`
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600 })
  } catch (error) {
    throw unusable(path, error)
  }
  return token
}

function unusable(path: string, error: unknown): StartError {
  return new StartError('DATA_DIR_UNWRITABLE', `cannot use ${path}: ${messageOf(error)}`, error)
}
