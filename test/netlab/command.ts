import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { LabError } from './error.ts'

/** Runs a program of the system to its end and returns what it printed. @throws LabError `COMMAND_FAILED` */
export function command(program: string, args: readonly string[], input = ''): string {
  const done = spawnSync(program, args, { input, encoding: 'utf8', timeout: 30_000 })
  if (done.status === 0) return done.stdout
  throw new LabError('COMMAND_FAILED', `${[program, ...args].join(' ')}: ${reason(done)}`)
}

/** The same where failing is no failure: cleaning up what may be gone already. */
export function attempt(program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 })
  return done.status === 0 ? done.stdout : ''
}

function reason(done: SpawnSyncReturns<string>): string {
  return done.error?.message ?? `${done.stderr.trim()} (${done.signal ?? done.status})`
}
