import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { schemaFiles } from '@streamgauge/queries'
import { stringify } from 'yaml'
import { monotonic, timestamp, wallClock } from '../clock.ts'
import type { Environment } from '../config/environment.ts'
import { messageOf, StartError } from '../error.ts'
import { deliverOverHttp, refuseRejections } from '../simulate/deliver/over_http.ts'
import { Resume } from '../simulate/deliver/resume.ts'
import { deliverStraight } from '../simulate/deliver/straight.ts'
import { TruthBook } from '../simulate/deliver/truth.ts'
import { firstVisitFrom } from '../simulate/schedule.ts'
import { openSimulation, type Portion, type Simulation } from '../simulate/simulation.ts'
import { configurationOf } from '../simulate/world/configuration.ts'
import { lockDataDir } from '../store/lock.ts'
import { migrate } from '../store/migrate.ts'
import { makeDays } from '../store/rollup_days.ts'
import { openStore } from '../store/store.ts'
import { readSimulateOptions, type SimulateOptions } from './simulate_options.ts'
import { untilStopped } from './stop.ts'

/** How often progress is told. */
const TELL_MS = 5_000

/** Makes up a world's measurements and delivers them to a collector, or straight into the store of one that is not running. */
export async function simulateCommand(args: string[], env: Environment): Promise<number> {
  const options = readSimulateOptions(args, env, wallClock())
  const simulation = openSimulation(options.settings)
  if (options.writeConfig !== null) writeConfig(simulation, options.writeConfig)
  if (options.to_where === null) return 0
  const { schedule } = simulation
  const first = firstVisitFrom(schedule, options.from_ms)
  const end = options.to_ms === null ? Infinity : firstVisitFrom(schedule, options.to_ms)
  const visits = {
    first,
    last: options.rows === null ? end : Math.min(end, first + Math.ceil(options.rows / 2)),
  }
  const resume = options.resume === null ? null : new Resume(options.resume, simulation.fingerprint)
  const truth = new TruthBook(options.truth, resume?.next == null)
  const started = monotonic()
  const rows =
    options.to_where === 'store'
      ? await intoStore(simulation, visits, options, truth, resume)
      : await toCollector(simulation, visits, options, truth, resume)
  const seconds = (monotonic() - started) / 1_000
  console.error(`${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} a second`)
  return 0
}

async function intoStore(
  simulation: Simulation,
  visits: Portion,
  options: SimulateOptions,
  truth: TruthBook,
  resume: Resume | null,
): Promise<number> {
  const lock = lockDataDir(options.dataDir)
  try {
    const store = openStore({ path: join(options.dataDir, 'clickhouse') })
    try {
      await migrate(store, schemaFiles(), wallClock)
      const tempDir = join(options.dataDir, 'tmp')
      const rows = await deliverStraight(simulation, visits, {
        store,
        tempDir,
        truth,
        resume,
        tell: teller(),
      })
      await makeDays(store, 0, wallClock())
      return rows
    } finally {
      await store.close()
    }
  } finally {
    lock.release()
  }
}

async function toCollector(
  simulation: Simulation,
  visits: Portion,
  options: SimulateOptions,
  truth: TruthBook,
  resume: Resume | null,
): Promise<number> {
  const stop = new AbortController()
  void untilStopped().then(() => stop.abort())
  const delivered = await deliverOverHttp(simulation, visits, {
    destination: {
      url: options.url,
      token: options.token,
      warn: (message) => console.error(`${timestamp(wallClock())} ${message}`),
    },
    truth,
    resume,
    now: wallClock,
    signal: stop.signal,
    batchVisits: options.batchVisits,
    inFlight: options.inFlight,
    tell: teller(),
  })
  refuseRejections(delivered)
  return delivered.accepted
}

function writeConfig(simulation: Simulation, path: string) {
  const text = `# A simulated world, made by "streamgauge-collector simulate".\n${stringify(configurationOf(simulation.world))}`
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new StartError('CONFIG_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, error)
  }
}

/** Says now and then how far it is. */
function teller(): (rows: number) => void {
  let told = monotonic()
  return (rows) => {
    if (monotonic() - told < TELL_MS) return
    told = monotonic()
    console.error(`${rows} rows`)
  }
}
