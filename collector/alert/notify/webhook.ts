import { createHmac } from 'node:crypto'
import { timestamp } from '../../clock.ts'
import type { Message } from '../message.ts'
import type { Dialect } from './http.ts'
import { decisionTitle, headlineOf, linkOf, titleOf } from './words.ts'

/**
 * Signed as Standard Webhooks 1.0 has it (https://www.standardwebhooks.com). Its npm package is not used: what it does beyond
 * these lines is checking, which is the receiver's part, and it brings its own SHA-256.
 */
export const webhook: Dialect = {
  make({ url, secret }, message, { now_ms, dashboard_url }) {
    const body = JSON.stringify({
      type: typeOf(message),
      timestamp: timestamp(message.created_ms),
      data: {
        receiver: message.receiver,
        group: message.group,
        headline: headlineOf(message),
        ...aboutIn(message, dashboard_url),
      },
    })
    const at = Math.floor(now_ms / 1_000)
    const headers = {
      'webhook-id': message.delivery_id,
      'webhook-timestamp': String(at),
      'webhook-signature': signWebhook(secret ?? '', message.delivery_id, at, body),
    }
    return { url, headers, body }
  },
  resultOf: () => 'delivered',
}

function typeOf({ decisions, repeat }: Message): string {
  if (decisions.length > 0) return 'decisions.changed'
  return repeat ? 'incidents.repeated' : 'incidents.changed'
}

function aboutIn({ incidents, decisions }: Message, dashboardUrl: string | null) {
  if (decisions.length > 0)
    return { decisions: decisions.map((decision) => ({ ...decision, title: decisionTitle(decision) })) }
  return {
    incidents: incidents.map((incident) => ({
      ...incident,
      title: titleOf(incident),
      dashboard_url: linkOf(incident, dashboardUrl),
    })),
  }
}

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body`; a secret with `whsec_` is base64, any other its own bytes. */
export function signWebhook(secret: string, id: string, timestamp_s: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp_s}.${body}`).digest('base64')}`
}
