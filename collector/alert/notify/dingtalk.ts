import { createHmac } from 'node:crypto'
import { resultByCode } from './code.ts'
import type { Dialect } from './http.ts'
import { markdownOf } from './markdown.ts'
import { cut, headlineOf } from './words.ts'

/** A message takes 20,000 bytes. */
const TEXT_MAX_BYTES = 16_000
const TITLE_MAX_BYTES = 300
/** The system is busy; more than 20 messages a minute. */
const BUSY = [-1, 130101] as const

/**
 * A custom robot, in Markdown (https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages). Whom it mentions
 * stands outside the text, and is nobody.
 */
export const dingtalk: Dialect = {
  make({ url, secret }, message, { now_ms, dashboard_url }) {
    const title = cut(`Streamgauge: ${headlineOf(message)}`, TITLE_MAX_BYTES)
    const text = markdownOf(message, dashboard_url, TEXT_MAX_BYTES)
    const target = new URL(url)
    if (secret !== null) {
      target.searchParams.set('timestamp', String(now_ms))
      target.searchParams.set('sign', signDingtalk(secret, now_ms))
    }
    const body = { msgtype: 'markdown', markdown: { title, text }, at: { isAtAll: false } }
    return { url: target.href, headers: {}, body: JSON.stringify(body) }
  },
  resultOf: (answer) => resultByCode(answer, 'errcode', BUSY),
}

/** Base64 of the HMAC-SHA256 of `timestamp\nsecret`, keyed by the secret. */
export function signDingtalk(secret: string, timestamp_ms: number): string {
  return createHmac('sha256', secret).update(`${timestamp_ms}\n${secret}`).digest('base64')
}
