import { parseArgs } from 'node:util'
import { readEnvironment } from '../config/environment.ts'
import { messageOf, StartError } from '../error.ts'
import { DEMO_DIR, demo } from '../start/demo.ts'
import { start } from '../start/start.ts'
import { alertTestCommand } from './alert_test.ts'
import { backtestCommand } from './backtest.ts'
import { BACKTEST_USAGE } from './backtest_options.ts'
import { exportCommand } from './export.ts'
import { migrateCommand } from './migrate.ts'
import { serve } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { SIMULATE_USAGE } from './simulate_options.ts'

const USAGE = `usage: streamgauge-collector <command>

  serve      the collector: API, live events, dashboard
  start      everything on one machine: collector, local origin, local agent
  demo       the same with a simulated world beside it
  migrate    apply the schema to the store and stop
  alert-test sends a test message to a receiver of the configuration: alert-test NAME
  export     measurements to a file or standard output
             --format csv|json|ndjson|parquet  --from time  --to time  --output file
             and the filters of the API: --transport quic --country SG ...
${BACKTEST_USAGE}
${SIMULATE_USAGE}

environment: PORT HOST DATA_DIR CONFIG ADMIN_TOKEN AGENT_TOKEN LOG_LEVEL
             RETENTION_RAW_DAYS RETENTION_MINUTE_DAYS RETENTION_HOUR_DAYS
             CLICKHOUSE_URL CLICKHOUSE_USER CLICKHOUSE_PASSWORD CLICKHOUSE_PASSWORD_FILE CLICKHOUSE_DATABASE
             CLICKHOUSE_CLUSTER CLICKHOUSE_CA_FILE CLICKHOUSE_CERT_FILE CLICKHOUSE_KEY_FILE
             start also: ORIGIN_PORT LOCATION="SG,Singtel,1.35,103.82"`

/** Runs one subcommand to its end; resolves to the exit code. Throws a `StartError` on bad arguments or surroundings. */
export async function runCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...rest] = argv
  if (command === 'help' || argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  if (command === 'alert-test') return alertTestCommand(rest, readEnvironment(env))
  if (command === 'backtest') return backtestCommand(rest, readEnvironment(env))
  if (command === 'export') return exportCommand(rest, readEnvironment(env))
  if (command === 'simulate') return simulateCommand(rest, readEnvironment(env))
  if (command === 'demo') {
    takeNoOptions(rest)
    return demo(readEnvironment({ ...env, DATA_DIR: env.DATA_DIR || DEMO_DIR }))
  }
  const simple = { serve, migrate: migrateCommand, start }
  if (command === undefined || !Object.hasOwn(simple, command)) {
    throw new StartError('BAD_ARGUMENTS', `${explain(command)}; try --help`)
  }
  takeNoOptions(rest)
  return simple[command as keyof typeof simple](readEnvironment(env))
}

/** 2 for what was wrong before anything was done, 1 for what went wrong later. */
export function exitCodeOf(error: unknown): number {
  return error instanceof StartError ? 2 : 1
}

function takeNoOptions(args: string[]) {
  try {
    parseArgs({ args, options: {}, strict: true, allowPositionals: false })
  } catch (error) {
    throw new StartError('BAD_ARGUMENTS', messageOf(error), error)
  }
}

function explain(command: string | undefined): string {
  return command === undefined ? 'no command given' : `no command '${command}'`
}
