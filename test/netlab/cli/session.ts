import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lab, startLab } from '../lab.ts'
import { startOrigins } from './origins.ts'
import type { Scenario } from './scenarios.ts'
import { counted, description } from './tables.ts'
import { follow } from './timetable.ts'

/** What to run a scenario with. */
export interface Session {
  readonly scenario: Scenario
  readonly seed: number
  readonly congestion: string
  /** Run on the agent's host; one word is a line for the shell. None: the user's shell, or until Ctrl-C without a terminal. */
  readonly command: readonly string[]
}

/**
 * Runs a scenario: the lab, its origins, and the command. What the lab says goes to standard error, so that standard
 * output is the command's own.
 * @returns the command's exit code
 * @throws LabError
 */
export async function runSession({ scenario, seed, congestion, command }: Session): Promise<number> {
  // Heard from the very start, so that a lab half built is taken down in order too.
  const signals = hear()
  const data_dir = mkdtempSync(join(tmpdir(), 'netlab-'))
  const stop = new AbortController()
  let lab: Lab | null = null
  try {
    lab = await startLab(null, { ...scenario.lab, seed })
    const { urls, ca_file } = await startOrigins(lab, scenario.origins, data_dir, congestion)
    const variables = { LAB_URL: urls[0] ?? '', LAB_URLS: urls.join(' '), LAB_CA: ca_file }
    say(`${description(lab, scenario)}\n`)
    say(
      `Origins run TCP with ${congestion}, QUIC with cubic. Seed ${seed}. For commands on the agent's host:\n`,
    )
    for (const [name, value] of Object.entries(variables)) say(`  ${name}=${value}\n`)
    say(`  npx streamgauge-agent probe $LAB_URL --pair --ca $LAB_CA\n\n`)
    const following = scenario.timetable && follow(lab, scenario.timetable, say, stop.signal)
    const code = await runInside(lab, command, { ...process.env, ...variables }, signals)
    stop.abort()
    await following
    say(`\n${await counted(lab)}`)
    return code
  } finally {
    stop.abort()
    await lab?.close()
    rmSync(data_dir, { recursive: true, force: true })
  }
}

async function runInside(
  lab: Lab,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  signals: Signals,
): Promise<number> {
  const [program, ...args] = commandLine(command)
  if (program === undefined) {
    say('Until Ctrl-C.\n')
    const signal = await Promise.race([signals.interrupted, signals.ended])
    return signal === 'SIGINT' ? 0 : codeOf(signal)
  }
  const child = lab.host('agent').spawn(program, args, { stdio: 'inherit', env })
  // At a terminal Ctrl-C has reached the command already, and a second one means something else to many programs.
  if (!process.stdin.isTTY) void signals.interrupted.then((signal) => child.kill(signal))
  const ended: Promise<number> = once(child, 'exit').then(([code, signal]) => code ?? codeOf(signal))
  // A shell may take no notice of SIGTERM; closing the lab ends it.
  return await Promise.race([ended, signals.ended.then(codeOf)])
}

function commandLine(command: readonly string[]): readonly string[] {
  const [line, ...more] = command
  if (line === undefined) return process.stdin.isTTY ? [process.env.SHELL ?? 'sh'] : []
  return more.length === 0 ? ['sh', '-c', line] : command
}

/** Resolved once this process is told. */
interface Signals {
  readonly interrupted: Promise<NodeJS.Signals>
  readonly ended: Promise<NodeJS.Signals>
}

function hear(): Signals {
  const first = (...signals: readonly NodeJS.Signals[]) =>
    new Promise<NodeJS.Signals>((resolve) => {
      for (const signal of signals) process.on(signal, resolve)
    })
  return { interrupted: first('SIGINT'), ended: first('SIGTERM', 'SIGHUP') }
}

/** What a shell reports of a program that a signal ended. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function say(text: string): void {
  process.stderr.write(text)
}
