import cookie from '@fastify/cookie'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { Alerting } from './alert/alerting.ts'
import { storeLedger } from './alert/ledger.ts'
import { counted, showWaiting } from './alert/metrics.ts'
import { Attempts } from './auth/attempts.ts'
import { Sessions } from './auth/session.ts'
import type { FixedTokens, TokenBook } from './auth/tokens.ts'
import { Checks } from './checks/checks.ts'
import { monotonic, type Now } from './clock.ts'
import type { Config } from './config/config.ts'
import { Detection } from './detect/detection.ts'
import { Diagnoses } from './diagnose/diagnoses.ts'
import { DnsServer } from './dns/server.ts'
import { makeEnrich } from './fleet/enrich.ts'
import { keepAgents } from './fleet/keep.ts'
import { AgentRegistry } from './fleet/registry.ts'
import { alertRoutes } from './http/alerts.ts'
import type { App } from './http/app-type.ts'
import { checkRoutes } from './http/checks.ts'
import { answerError, answerErrors } from './http/errors.ts'
import { exportRoutes } from './http/export.ts'
import { fleetRoutes } from './http/fleet.ts'
import { guardRoutes } from './http/guard.ts'
import { healthRoutes } from './http/health.ts'
import { ingestRoutes } from './http/ingest.ts'
import { locateRoutes } from './http/locate.ts'
import { measurementRoutes } from './http/measurements.ts'
import { makeMetrics, timeRequests } from './http/metrics.ts'
import { pageRoutes } from './http/pages.ts'
import { spanOf } from './http/parameters.ts'
import { referenceRoutes } from './http/reference.ts'
import { reportRoutes } from './http/reports.ts'
import { secureAnswers } from './http/security.ts'
import { sessionRoutes } from './http/session.ts'
import { steerRoutes } from './http/steer.ts'
import { steeringRoutes } from './http/steering.ts'
import { tokenRoutes } from './http/tokens.ts'
import { Gate } from './ingest/gate.ts'
import { makeIngest } from './ingest/ingest.ts'
import type { Intake } from './ingest/intake.ts'
import { makeDoor } from './live/door.ts'
import { Live } from './live/live.ts'
import type { Locator } from './locate/locator.ts'
import { Kept } from './report/kept.ts'
import { Audit } from './steer/audit.ts'
import { Steering } from './steer/steering.ts'
import { Verifier } from './steer/verifier.ts'
import { ALWAYS } from './store/filter.ts'
import { listIncidents } from './store/steering.ts'
import type { Store } from './store/store.ts'

/** Batches in memory at once, and their decoded bytes together. Small ones of many agents wait for the same insert. */
const OPEN_BATCHES_MAX_COUNT = 4_000
const OPEN_BYTES_MAX = 256 * 1024 * 1024

/** Everything the collector is made of; whoever makes it closes it. */
export interface Deps {
  readonly store: Store
  readonly intake: Intake
  /** How many days single runs are kept; older ones are not taken. */
  readonly rawMaxDays: number
  readonly tokens: TokenBook
  readonly fixedTokens: FixedTokens
  readonly config: Config
  /** How long a round of detection is; `null`: another collector does that, or nobody. */
  readonly roundMs: number | null
  /** Whose an address is. */
  readonly locator: Locator
  /** Who is believed about for whom they ask: addresses and blocks. */
  readonly trustedProxies: readonly string[]
  readonly now: Now
  readonly logger: FastifyBaseLogger
  readonly version: string
  /** Where the built dashboard is, or would be. */
  readonly dashboardDir: string
  /** Where exports may write while they are made. */
  readonly tempDir: string
}

/** The collector's HTTP and live interface. Never listens; `close()` ends the live connections too. */
export async function buildApp(deps: Deps): Promise<App> {
  const { store, tokens, config, now, intake } = deps
  const app: App = fastify({
    loggerInstance: deps.logger,
    bodyLimit: 1024 * 1024,
    trustProxy: deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies],
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerError,
    // What was accepted is finished and answered before the app is closed.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, useDefaults: true } },
  })
  const registry = new AgentRegistry(config.agents, now)
  const sessions = new Sessions(tokens, deps.fixedTokens.admin, now)
  const gate = new Gate(OPEN_BATCHES_MAX_COUNT, OPEN_BYTES_MAX)
  const metrics = makeMetrics({
    pendingInserts: () => intake.waiting,
    openBatches: () => gate.batches,
    liveClients: () => live.clients,
  })
  const live = new Live(app.server, {
    admit: makeDoor(tokens, sessions, (header) => app.parseCookie(header)),
    config,
    registry,
    now,
    dropped: metrics.liveDropped,
  })
  const take = makeIngest({
    intake,
    enrich: makeEnrich(config.agents, config.nodes, (address) => deps.locator.place(address)),
    heard: (agentId, version) => registry.heard(agentId, version),
    watched: () => live.watched,
    stored: (batch) => live.stored(batch),
    now,
    ageMaxMs: deps.rawMaxDays * 86_400_000,
  })

  const warn = (details: object, message: string) => app.log.warn(details, message)
  const reports = new Kept(monotonic, warn)
  const checks = new Checks({ store, now, log: app.log, registry: metrics.registry })

  const alerting = new Alerting({
    rules: config.alerts,
    fleet: config,
    ledger: counted(storeLedger(store), metrics.registry),
    now,
    warn,
  })
  showWaiting(metrics.registry, () => alerting.waiting)
  await alerting.open()

  const diagnoses = new Diagnoses({
    store,
    now,
    config,
    asking: live.agents,
    made: (diagnosis) => live.diagnosed(diagnosis),
    warn,
  })

  const steering =
    deps.roundMs === null || config.steering.mode === 'off'
      ? null
      : new Steering({
          ...{ store, now, config, log: app.log, roundMs: deps.roundMs },
          decided: (decisions) => {
            live.decisions(decisions)
            alerting.decided(decisions)
            verifier.take(decisions.filter(({ verdict }) => verdict === null))
          },
        })
  const verifier = new Verifier({
    ...{ config, asking: live.agents, warn },
    judged: async (decision, effect) => steering?.judge(decision, effect),
  })

  const audit =
    steering === null || deps.roundMs === null
      ? null
      : new Audit({
          ...{ store, now, warn, roundMs: deps.roundMs },
          resilience: () => steering.resilience,
          isWanted: config.alerts.routes.some(({ sends }) => sends.includes('resilience')),
          changed: (incidents) => {
            live.incidents(incidents)
            alerting.changed(incidents)
          },
        })

  if (config.dns !== null && steering === null)
    app.log.warn('steering.dns: this collector sends nobody anywhere (DETECT=off), so it answers no DNS')
  app.decorate(
    'dns',
    config.dns === null || steering === null
      ? null
      : new DnsServer({
          rules: config.dns,
          decided: steering,
          locator: deps.locator,
          registry: metrics.registry,
          warn,
        }),
  )

  const detection =
    deps.roundMs === null
      ? null
      : new Detection({
          store,
          now,
          roundMs: deps.roundMs,
          objectives: config.objectives,
          registry: metrics.registry,
          log: app.log,
          changed: (incidents) => {
            live.incidents(incidents)
            alerting.changed(incidents)
            diagnoses.changed(incidents)
            steering?.changed(incidents)
          },
        })

  // The contract's schemas describe the answers; what is sent was checked when it came in.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  answerErrors(app)
  timeRequests(app, metrics)
  secureAnswers(app)
  await app.register(cookie)
  guardRoutes(app, tokens, sessions)
  await referenceRoutes(app, deps.version)

  ingestRoutes(app, take, gate, metrics)
  measurementRoutes(app, store)
  fleetRoutes(app, config, registry)
  reportRoutes(app, store, reports, now)
  exportRoutes(app, store, deps.tempDir)
  sessionRoutes(app, tokens, sessions, new Attempts(now))
  tokenRoutes(app, tokens)
  checkRoutes(app, checks)
  steeringRoutes(app, store)
  steerRoutes(app, steering, deps.locator, config)
  locateRoutes(app, deps.locator)
  alertRoutes(app, alerting, store, now)
  healthRoutes(app, { store, gate, intake, metrics })
  pageRoutes(app, deps.dashboardDir)

  const kept = await keepAgents(registry, store, now, app.log)
  app.addHook('preClose', () => {
    diagnoses.close()
    verifier.close()
    return live.close()
  })
  app.addHook('onReady', async () => checks.start())
  // Who detects tells: two collectors would both tell everything.
  app.addHook('onReady', async () => (deps.roundMs === null ? alerting.follow() : alerting.start()))
  app.addHook('onReady', async () => detection?.start())
  app.addHook('onReady', async () => {
    const state = ['open', 'worsening', 'recovering']
    if (steering === null) return
    const goingOn = await listIncidents(store, { span: spanOf({}, ALWAYS), state, limit: 10_000 })
    audit?.open(goingOn)
    await steering.open(goingOn)
    steering.start()
    audit?.start()
  })
  app.addHook('onClose', () => app.dns?.close())
  app.addHook('onClose', () => audit?.close())
  app.addHook('onClose', () => steering?.close())
  app.addHook('onClose', () => detection?.close())
  app.addHook('onClose', () => alerting.close())
  app.addHook('onClose', () => checks.close())
  app.addHook('onClose', async () => reports.close())
  app.addHook('onClose', () => kept.close())
  return app
}
