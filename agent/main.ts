#!/usr/bin/env node
import { type Command, UsageError } from './cli/arguments.ts'
import { AGENT_VERSION } from './probe/version.ts'

/** Every subcommand; each is loaded when it is asked for. Adding one is a file and a line here. */
const commands: Record<string, () => Promise<Command>> = {
  probe: async () => (await import('./cli/probe.ts')).probeCommand,
  run: async () => (await import('./cli/run.ts')).runCommand,
  origin: async () => (await import('./origin/command.ts')).originCommand,
}

const USAGE = `streamgauge-agent ${AGENT_VERSION}

  probe URL    one run by hand: what a viewer would have seen
  run          the daemon: asks a collector what to probe, and sends what it measured
  origin       a live test stream over HTTP/1.1, HTTP/2 and HTTP/3

Each takes --help.
`

const [name = '--help', ...args] = process.argv.slice(2)
// Everything has been closed by now; a native thread that lingers must not keep the process.
process.exit(await main(name, args))

async function main(name: string, args: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === '--version') {
    process.stdout.write(name === '--version' ? `${AGENT_VERSION}\n` : USAGE)
    return 0
  }
  try {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (load === undefined) throw new UsageError('UNKNOWN_COMMAND', `no command "${name}"\n\n${USAGE}`)
    return await (await load())(args)
  } catch (error) {
    if (!isUsage(error)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n`)
    return 2
  }
}

/** Ours, and what node:util says of arguments it does not know. */
function isUsage(error: unknown): error is Error & { code: string } {
  if (error instanceof UsageError) return true
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false
  return error.code.startsWith('ERR_PARSE_ARGS_')
}
