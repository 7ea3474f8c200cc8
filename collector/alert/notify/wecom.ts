import { resultByCode } from './code.ts'
import type { Dialect } from './http.ts'
import { markdownOf } from './markdown.ts'

const CONTENT_MAX_BYTES = 4_096
/** The system is busy; more than 20 messages a minute. */
const BUSY = [-1, 45009] as const

/** A group robot, in Markdown (https://developer.work.weixin.qq.com/document/path/91770). */
export const wecom: Dialect = {
  make({ url }, message, { dashboard_url }) {
    const content = markdownOf(message, dashboard_url, CONTENT_MAX_BYTES)
    return { url, headers: {}, body: JSON.stringify({ msgtype: 'markdown', markdown: { content } }) }
  },
  resultOf: (answer) => resultByCode(answer, 'errcode', BUSY),
}
