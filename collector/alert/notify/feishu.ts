import { createHmac } from 'node:crypto'
import { resultByCode } from './code.ts'
import type { Dialect } from './http.ts'
import { cut, fitting, headlineOf, itemsOf } from './words.ts'

/** A request takes 20 KB; what is around the text takes less than two, and a sign of text two bytes more in JSON at most. */
const TEXT_MAX_BYTES = 12_000
const TITLE_MAX_BYTES = 300
/** Too many messages a minute, or a second. */
const BUSY = [9499, 11232] as const

/**
 * A custom bot, with a card (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot). Its text is plain, so that nothing
 * in it is a mention.
 */
export const feishu: Dialect = {
  make({ url, secret }, message, { now_ms, dashboard_url }) {
    const at = Math.floor(now_ms / 1_000)
    const items = itemsOf(message, dashboard_url)
    const texts = items.map(({ title, facts }) => [title, ...facts].join('\n'))
    const signed = secret === null ? {} : { timestamp: String(at), sign: signFeishu(secret, at) }
    const link = items[0]?.link ?? null
    const title = cut(`Streamgauge: ${headlineOf(message)}`, TITLE_MAX_BYTES)
    const content = fitting(texts, '\n\n', TEXT_MAX_BYTES)
    const button = { tag: 'button', text: plain('Dashboard'), type: 'default', url: link }
    const card = {
      config: { wide_screen_mode: true },
      header: {
        template: message.incidents.every(({ state }) => state === 'closed') ? 'green' : 'red',
        title: plain(title),
      },
      elements: [
        { tag: 'div', text: plain(content) },
        ...(link === null ? [] : [{ tag: 'action', actions: [button] }]),
      ],
    }
    return { url, headers: {}, body: JSON.stringify({ ...signed, msg_type: 'interactive', card }) }
  },
  resultOf: (answer) => resultByCode(answer, 'code', BUSY),
}

/** Base64 of the HMAC-SHA256 of nothing, keyed by `timestamp\nsecret`. */
export function signFeishu(secret: string, timestamp_s: number): string {
  return createHmac('sha256', `${timestamp_s}\n${secret}`).update('').digest('base64')
}

function plain(content: string) {
  return { tag: 'plain_text', content }
}
