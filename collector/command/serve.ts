import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schemaFiles } from '@streamgauge/queries'
import ipaddr from 'ipaddr.js'
import type { Logger } from 'pino'
import { buildApp } from '../app.ts'
import { keptToken } from '../auth/kept-token.ts'
import { TokenBook } from '../auth/tokens.ts'
import { wallClock } from '../clock.ts'
import { EMPTY_CONFIG, loadConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { usualRoundS } from '../detect/round.ts'
import { StartError } from '../error.ts'
import type { App } from '../http/app-type.ts'
import type { Intake } from '../ingest/intake.ts'
import { openIntake } from '../ingest/open_intake.ts'
import { Locator } from '../locate/locator.ts'
import manifest from '../package.json' with { type: 'json' }
import { lockDataDir } from '../store/lock.ts'
import { migrate } from '../store/migrate.ts'
import { applyRetention, type Retention } from '../store/retention.ts'
import { keepDays } from '../store/rollup_days.ts'
import { openStore, type Store } from '../store/store.ts'
import { location } from './location.ts'
import { makeLogger } from './logger.ts'
import { listenError, refuseTakenPort, signInLink } from './port.ts'
import { untilStopped } from './stop.ts'

/** How long accepted work may take to finish after a signal. */
const CLOSE_MS = 4_000
const DASHBOARD_DIR = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Runs the collector until a signal; resolves to 0. Throws a `StartError` before it did anything when it cannot. */
export async function serve(env: Environment): Promise<number> {
  const config = env.CONFIG === undefined ? EMPTY_CONFIG : loadConfig(env.CONFIG)
  await refuseTakenPort(placeOf(env))
  const locator = new Locator(config.overrides, {
    asn: env.LOCATE_ASN_MMDB ?? null,
    country: env.LOCATE_COUNTRY_MMDB ?? null,
  })
  const trustedProxies = proxiesOf(env.TRUSTED_PROXIES)
  const lock = lockDataDir(env.DATA_DIR)
  const fixedTokens = {
    admin: env.ADMIN_TOKEN ?? keptToken(env.DATA_DIR, 'admin-token'),
    agent: env.AGENT_TOKEN ?? null,
  }
  const logger = makeLogger(env.LOG_LEVEL)
  const store = openStore(location(env))
  await migrate(store, schemaFiles(), wallClock)
  await applyRetention(store, retentionOf(env))
  const intake = await openIntake({
    store,
    dataDir: env.DATA_DIR,
    now: wallClock,
    warn: (details, message) => logger.warn(details, message),
  })
  const tokens = new TokenBook(store, fixedTokens, wallClock)
  await tokens.refresh()
  const app = await buildApp({
    store,
    intake,
    rawMaxDays: env.RETENTION_RAW_DAYS,
    tokens,
    fixedTokens,
    config,
    roundMs: env.DETECT === 'off' ? null : (env.DETECT_ROUND_S ?? usualRoundS(config.assignments)) * 1_000,
    locator,
    trustedProxies,
    now: wallClock,
    logger,
    version: manifest.version,
    dashboardDir: DASHBOARD_DIR,
    tempDir: join(env.DATA_DIR, 'tmp'),
  })
  const port = await listen(app, env)
  const dnsPort = (await app.dns?.listen()) ?? null
  if (dnsPort !== null) logger.info({ port: dnsPort, addresses: config.dns?.addresses }, 'DNS is answered')
  const stopDays = keepDays(store, wallClock, (error) =>
    logger.warn({ err: error }, 'days were not rolled up'),
  )
  if (env.ADMIN_TOKEN === undefined) console.log(`Sign in: ${signInLink(env.HOST, port, fixedTokens.admin)}`)
  process.send?.({ type: 'ready', port, dns_port: dnsPort })

  await untilStopped()
  await stopDays()
  await Promise.race([
    close(app, intake, store, logger),
    new Promise((resolve) => setTimeout(resolve, CLOSE_MS)),
  ])
  lock.release()
  return 0
}

/** Throws `ENVIRONMENT_INVALID` at what is no address and no block. */
function proxiesOf(text = ''): string[] {
  const proxies = text.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]))
  for (const proxy of proxies)
    if (!ipaddr.isValid(proxy) && !ipaddr.isValidCIDR(proxy))
      throw new StartError('ENVIRONMENT_INVALID', `TRUSTED_PROXIES: '${proxy}' is no address and no block`)
  return proxies
}

function retentionOf(env: Environment): Retention {
  return { raw: env.RETENTION_RAW_DAYS, minute: env.RETENTION_MINUTE_DAYS, hour: env.RETENTION_HOUR_DAYS }
}

function placeOf({ HOST, PORT }: Environment) {
  return { host: HOST, port: PORT, variable: 'PORT' }
}

async function listen(app: App, env: Environment): Promise<number> {
  try {
    await app.listen({ host: env.HOST, port: env.PORT })
  } catch (error) {
    throw listenError(error, placeOf(env))
  }
  const [address] = app.addresses()
  return typeof address === 'object' ? address.port : env.PORT
}

async function close(app: App, intake: Intake, store: Store, logger: Logger) {
  try {
    await app.close()
    await intake.close()
    await store.close()
  } catch (error) {
    logger.error({ err: error }, 'closing failed')
  }
}
