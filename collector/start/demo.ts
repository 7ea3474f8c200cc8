import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { timestamp, wallClock } from '../clock.ts'
import type { Environment } from '../config/environment.ts'
import { CollectorError, StartError } from '../error.ts'
import { configurationOf } from '../simulate/world/configuration.ts'
import { buildWorld, FULL_SIZE } from '../simulate/world/world.ts'
import { type MadeUpWorld, start } from './start.ts'

/** Where the demo keeps its data, unless DATA_DIR says so. */
export const DEMO_DIR = '.streamgauge-demo'

const COLLECTOR = fileURLToPath(new URL('../main.ts', import.meta.url))
/** How much there is to look at from the beginning, and how many runs a second. */
const PAST_MS = 24 * 3_600_000
const PAST_RATE = 2
/** Runs a second from then on: each agent is heard of every five minutes. */
const RATE = 20
/** After a pause it goes on from this long ago. */
const RECENT_MS = 600_000
/** A visit takes less than this. */
const UNFINISHED_MS = 30_000

/** `start` with a simulated world beside this machine. Throws what `start` throws. */
export async function demo(env: Environment): Promise<number> {
  if (env.CONFIG !== undefined)
    throw new StartError('ENVIRONMENT_INVALID', 'the demo makes its own configuration; unset CONFIG')
  return start(env, demoWorld)
}

const demoWorld: MadeUpWorld = {
  configuration: () => configurationOf(buildWorld(FULL_SIZE)),
  fillPast,
  goOn: (dataDir, url) => [
    ...simulate(dataDir, 'present', RATE),
    ...['--collector', url, '--from', timestamp(wallClock() - RECENT_MS)],
  ],
}

/** Which world, how far it has come, and what went wrong in it. */
function simulate(dataDir: string, part: 'past' | 'present', rate: number): string[] {
  const truth = join(dataDir, `incidents-${part}.jsonl`)
  return ['simulate', '--rate', `${rate}`, '--truth', truth, '--resume', progressFile(dataDir, part)]
}

/** Fills a fresh data folder with the last day, straight into its store. Rejects with `DEMO_FAILED`. */
async function fillPast(dataDir: string, signal: AbortSignal): Promise<void> {
  if (existsSync(progressFile(dataDir, 'past'))) return
  console.error(`[world] making up the last ${PAST_MS / 3_600_000} hours`)
  const now = wallClock()
  // The last runs are not over yet.
  const span = ['--from', timestamp(now - PAST_MS), '--to', timestamp(now - UNFINISHED_MS)]
  const args = [COLLECTOR, ...simulate(dataDir, 'past', PAST_RATE), '--data-dir', dataDir, ...span]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], signal })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = text.trim() || said
  })
  const [code, killedBy] = await once(child, 'close')
  if (code !== 0) throw new CollectorError('DEMO_FAILED', `simulate ended with ${killedBy ?? code}: ${said}`)
  console.error(`[world] ${said}`)
}

function progressFile(dataDir: string, part: 'past' | 'present'): string {
  return join(dataDir, `simulated-${part}.json`)
}
