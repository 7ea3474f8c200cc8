import type { Incident } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import { notifiers } from '../alert/notify/index.ts'
import { redact } from '../alert/receiver.ts'
import { timestamp, wallClock } from '../clock.ts'
import { loadConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { StartError } from '../error.ts'

const TIMEOUT_MS = 10_000

/** Sends one made-up message to a receiver of the configuration; resolves to 0 where it was delivered, to 1 where it was not. */
export async function alertTestCommand(args: readonly string[], env: Environment): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || rest.length > 0)
    throw new StartError('BAD_ARGUMENTS', 'alert-test takes the name of one receiver')
  if (env.CONFIG === undefined) throw new StartError('BAD_ARGUMENTS', 'alert-test needs CONFIG')
  const { receivers, dashboard_url } = loadConfig(env.CONFIG).alerts
  const receiver = receivers.find((one) => one.name === name)
  if (receiver === undefined) {
    const known = receivers.map((one) => one.name).join(', ') || 'none'
    throw new StartError('BAD_ARGUMENTS', `no receiver '${name}'; there are: ${known}`)
  }
  const now_ms = wallClock()
  const message = {
    ...{ delivery_id: uuidV7(), created_ms: now_ms, receiver: name, group: '', repeat: false, former: [] },
    incidents: [madeUp(now_ms)],
    decisions: [],
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const { result, reply_code, reason } = await notifiers[receiver.type](receiver, message, {
    now_ms,
    dashboard_url,
    signal,
  })
  const said = reason === null ? '' : `: ${redact(reason, receiver)}`
  console.log(
    `${result === 'again' ? 'not delivered' : result}${reply_code === null ? '' : ` (${reply_code})`}${said}`,
  )
  return result === 'delivered' ? 0 : 1
}

/** Over as soon as it began: nobody has to end it. */
function madeUp(nowMs: number): Incident {
  const at = timestamp(nowMs)
  return {
    incident_id: uuidV7(),
    scope: { kind: 'everything', key: '*', where: {} },
    severity: 'info',
    state: 'closed',
    started_at: at,
    detected_at: at,
    ended_at: at,
    summary: 'This is a test of alerting: nothing is the matter.',
    objective: null,
    agents_count: 0,
    evidence: [],
    score: 0,
    opening_excess_ratio: 0,
    excess_ratio: 0,
    measurement_ids: [],
  }
}
