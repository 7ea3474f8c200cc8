import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptToken } from '../auth/kept-token.ts'
import { reachable, refuseTakenPort, signInLink } from '../command/port.ts'
import { untilStopped } from '../command/stop.ts'
import { loadConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import type { ConfigFile } from '../config/schema.ts'
import { CollectorError } from '../error.ts'
import { lockDataDir } from '../store/lock.ts'
import { Child, type Plan, type Watcher } from './child.ts'
import { localConfig, parsePlace } from './local-config.ts'

/** How long the children may take to end after a signal. */
const STOP_MS = 4_500
const READY_MS = 60_000
const COLLECTOR = fileURLToPath(new URL('../main.ts', import.meta.url))
const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url))

/** A world that is not measured but made up, beside the one that is. */
export interface MadeUpWorld {
  readonly configuration: () => ConfigFile
  /** Runs before the collector has the store, and ends early when `signal` says stop. */
  readonly fillPast: (dataDir: string, signal: AbortSignal) => Promise<void>
  /** Arguments of the collector's program for the process that goes on from there. */
  readonly goOn: (dataDir: string, url: string) => string[]
}

/**
 * Runs everything on one machine until a signal: an origin, the collector, and an agent that measures the one for the other;
 * with `world`, a process that makes one up too.
 */
export async function start(env: Environment, world: MadeUpWorld | null = null): Promise<number> {
  const place = parsePlace(env.LOCATION)
  if (env.CONFIG !== undefined) loadConfig(env.CONFIG)
  await refuseTakenPort({ host: env.HOST, port: env.PORT, variable: 'PORT' })
  await refuseTakenPort({ host: '127.0.0.1', port: env.ORIGIN_PORT, variable: 'ORIGIN_PORT' })
  lockDataDir(env.DATA_DIR).release()
  const adminToken = env.ADMIN_TOKEN ?? keptToken(env.DATA_DIR, 'admin-token')
  const agentToken = env.AGENT_TOKEN ?? keptToken(env.DATA_DIR, 'agent-token')
  const dataDir = resolve(env.DATA_DIR)
  const agentPath = env.STREAMGAUGE_AGENT ?? AGENT

  const children: Child[] = []
  const misconfigured = Promise.withResolvers<never>()
  misconfigured.promise.catch(() => {})
  const watcher: Watcher = { line: say, misconfigured: misconfigured.reject }
  const run = (plan: Plan) => {
    const child = new Child(plan, watcher)
    children.push(child)
    return child
  }
  const settled = <T>(work: Promise<T>) => Promise.race([work, misconfigured.promise])

  const bringUp = async () => {
    let originPort = env.ORIGIN_PORT
    const origin = run({
      name: 'origin',
      path: agentPath,
      env: process.env,
      args: () => [
        'origin',
        '--port',
        `${originPort}`,
        '--host',
        '127.0.0.1',
        '--data-dir',
        join(dataDir, 'origin'),
      ],
    })
    const { port: foundPort, ca_file } = await readyOf('origin', origin)
    originPort = foundPort
    const config = env.CONFIG ?? join(dataDir, 'local.yaml')
    if (env.CONFIG === undefined)
      writeFileSync(config, localConfig(place, originPort, ca_file ?? '', world?.configuration() ?? {}))
    if (env.CLICKHOUSE_URL === undefined) await world?.fillPast(dataDir, ending.signal)

    const collectorEnv = {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: `${env.PORT}`,
      CONFIG: config,
      ADMIN_TOKEN: adminToken,
      AGENT_TOKEN: agentToken,
    }
    const collector = run({ name: 'collector', path: COLLECTOR, env: collectorEnv, args: () => ['serve'] })
    const { port } = await readyOf('collector', collector)
    collectorEnv.PORT = `${port}`

    const url = `http://${reachable(env.HOST)}:${port}`
    run({
      name: 'agent',
      path: agentPath,
      env: { ...process.env, STREAMGAUGE_TOKEN: agentToken },
      args: () => ['run', '--collector', url, '--agent-id', 'local', '--data-dir', join(dataDir, 'agent')],
    })
    if (world !== null)
      run({
        name: 'world',
        path: COLLECTOR,
        env: { ...process.env, AGENT_TOKEN: agentToken },
        args: () => world.goOn(dataDir, url),
      })
    const link = signInLink(env.HOST, port, adminToken)
    console.log(
      summary(
        env.ADMIN_TOKEN === undefined ? link : `${url}/  (sign in with ADMIN_TOKEN)`,
        originPort,
        dataDir,
        world !== null,
      ),
    )
  }

  const ending = new AbortController()
  const stopped = untilStopped()
  try {
    await Promise.race([settled(bringUp()), stopped])
    await settled(stopped)
    return 0
  } finally {
    ending.abort()
    await Promise.all(children.map((child) => child.stop(STOP_MS)))
  }
}

async function readyOf(name: string, child: Child) {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new CollectorError('CHILD_NOT_READY', `${name} was not ready in ${READY_MS / 1_000} s`))
  }, READY_MS)
  try {
    return await Promise.race([child.ready, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function say(name: string, line: string) {
  console.error(`[${name}] ${line}`)
}

function summary(dashboard: string, originPort: number, dataDir: string, madeUp: boolean): string {
  const beside = madeUp ? ' Beside this machine it shows a simulated world.' : ''
  return `
  Streamgauge is running.${beside}

    dashboard  ${dashboard}
    streams    https://127.0.0.1:${originPort}/live/test.flv
               https://127.0.0.1:${originPort}/live/test.m3u8   (TCP and QUIC)
    data       ${dataDir}

  Ctrl-C stops everything.
`
}
