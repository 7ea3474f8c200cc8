#!/usr/bin/env node
import { exitCodeOf, runCommand } from './command/command.ts'
import { messageOf } from './error.ts'

// The lock and the outbox are node:sqlite, which Node still calls experimental on every start.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning)
})

try {
  process.exitCode = await runCommand(process.argv.slice(2), process.env)
} catch (error) {
  process.exitCode = exitCodeOf(error)
  if (process.exitCode !== 2) console.error(error)
  else console.error(`${codeOfError(error)}: ${messageOf(error)}`)
}
// The embedded engine keeps threads that would hold the process open.
process.exit()

function codeOfError(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'ERROR'
}
