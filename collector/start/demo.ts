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
/** Runs a second of the simulated world. */
const RATE = 4
/** How much there is to look at from the beginning. */
const PAST_MS = 24 * 3_600_000
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
    ...simulate(dataDir),
    '--collector',
    url,
    // After a pause of more than a day it goes on from a day ago.
    '--from',
    timestamp(wallClock() - PAST_MS),
  ],
}

/** Which world, and how far it has come. */
function simulate(dataDir: string): string[] {
  const files = ['--truth', join(dataDir, 'incidents.jsonl'), '--resume', progressFile(dataDir)]
  return ['simulate', '--rate', `${RATE}`, ...files]
}

/** Fills a fresh data folder with the last day, straight into its store. Rejects with `DEMO_FAILED`. */
async function fillPast(dataDir: string, signal: AbortSignal): Promise<void> {
  if (existsSync(progressFile(dataDir))) return
  console.error(`[world] making up the last ${PAST_MS / 3_600_000} hours`)
  const now = wallClock()
  // The last runs are not over yet.
  const span = ['--from', timestamp(now - PAST_MS), '--to', timestamp(now - UNFINISHED_MS)]
  const args = [COLLECTOR, ...simulate(dataDir), '--data-dir', dataDir, ...span]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], signal })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = text.trim() || said
  })
  const [code, killedBy] = await once(child, 'close')
  if (code !== 0) throw new CollectorError('DEMO_FAILED', `simulate ended with ${killedBy ?? code}: ${said}`)
  console.error(`[world] ${said}`)
}

function progressFile(dataDir: string): string {
  return join(dataDir, 'simulated.json')
}
