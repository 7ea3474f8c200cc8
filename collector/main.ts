#!/usr/bin/env node
import { exitCodeOf, runCommand } from './command/command.ts'
import { CollectorError, messageOf } from './error.ts'

// The lock and the outbox are node:sqlite, which Node still calls experimental on every start.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning)
})

try {
  process.exitCode = await runCommand(process.argv.slice(2), process.env)
} catch (error) {
  process.exitCode = exitCodeOf(error)
  if (error instanceof CollectorError) console.error(`${error.code}: ${messageOf(error)}`)
  else console.error(error)
}
// The embedded engine keeps threads that would hold the process open.
process.exit()
