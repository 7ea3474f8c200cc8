import { scenarios } from './cli/scenarios.ts'
import { runSession } from './cli/session.ts'
import { listOfScenarios } from './cli/tables.ts'
import { LabError } from './error.ts'

const USAGE = `npm run lab -- [--seed N] [--congestion cubic|bbr] <scenario> [command...]

Runs a live origin and an agent's host on a network as bad as the scenario says, and a command on that host:
  npm run lab -- lossy-200ms 'npx streamgauge-agent probe $LAB_URL --pair --ca $LAB_CA'
One word is a line for the shell. Without a command it opens your shell there. Needs root.

${listOfScenarios()}`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options: Record<string, string> = { '--seed': '1', '--congestion': 'cubic' }
  let at = 0
  // By hand: what comes after the scenario is the command's own, options included.
  for (; words[at]?.startsWith('--'); at += 2) {
    const name = words[at] ?? ''
    if (name === '--help') return usage(process.stdout, 0)
    if (!Object.hasOwn(options, name)) return complain(`BAD_ARGUMENT: no option "${name}"`)
    options[name] = words[at + 1] ?? ''
  }
  const [name, ...command] = words.slice(at)
  if (name === undefined) return usage(process.stdout, 0)
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (scenario === undefined) return complain(`BAD_ARGUMENT: no scenario "${name}"\n\n${listOfScenarios()}`)
  const seed = Number(options['--seed'] || Number.NaN)
  const congestion = options['--congestion'] ?? ''
  if (!Number.isSafeInteger(seed) || seed < 0)
    return complain(`BAD_ARGUMENT: --seed takes a whole number from 0, not "${options['--seed']}"`)
  if (!['cubic', 'bbr'].includes(congestion))
    return complain(`BAD_ARGUMENT: --congestion takes cubic, bbr, not "${congestion}"`)
  try {
    return await runSession({ scenario, seed, congestion, command })
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return complain(`${error.code}: ${error.message}`)
  }
}

function usage(to: NodeJS.WriteStream, code: number): number {
  to.write(USAGE)
  return code
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`)
  return 2
}
