import type { Reply } from '../reply.ts'

type Headers = Readonly<Record<string, string>>

/** Answers with a whole text, or with nothing but its headers. */
export function plain(reply: Reply, status: number, headers: Headers, text: string): void {
  const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }
  reply.head(status, { ...headers, ...type })
  reply.end(reply.method === 'HEAD' ? undefined : Buffer.from(text))
}

/** Answers with a body of known length. */
export function body(reply: Reply, status: number, headers: Headers, bytes: Buffer): void {
  reply.head(status, { ...headers, 'content-length': String(bytes.length) })
  if (reply.method === 'HEAD') reply.end()
  else reply.end(bytes)
}

/**
 * Answers with a file that never changes, or the one range of it that is asked for (RFC 9110, 14): 206, or 416 when
 * nothing of it is there. Several ranges, other units and what cannot be read are answered with the whole, as the
 * standard allows; so is `If-Range`, because there is no validator that it could name.
 */
export function file(reply: Reply, headers: Headers, bytes: Buffer): void {
  const common = { ...headers, 'accept-ranges': 'bytes' }
  const conditional = reply.method !== 'GET' || reply.header('if-range') !== null
  const range = conditional ? null : rangeOf(reply.header('range'), bytes.length)
  if (range === null) body(reply, 200, common, bytes)
  else if (range === 'unsatisfiable')
    plain(reply, 416, { ...common, 'content-range': `bytes */${bytes.length}` }, 'RANGE_NOT_SATISFIABLE\n')
  else {
    const [from, to] = range
    const content = { 'content-range': `bytes ${from}-${to}/${bytes.length}` }
    body(reply, 206, { ...common, ...content }, bytes.subarray(from, to + 1))
  }
}

/** The first and the last byte of `bytes=2-5`, `bytes=2-` or `bytes=-5`; `null`: no single range. */
function rangeOf(
  header: string | null,
  length: number,
): readonly [from: number, to: number] | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') {
    const suffix = Math.min(Number(last), length)
    return suffix === 0 ? 'unsatisfiable' : [length - suffix, length - 1]
  }
  const from = Number(first)
  const to = last === '' ? length - 1 : Math.min(Number(last), length - 1)
  if (last !== '' && Number(last) < from) return null
  return from >= length ? 'unsatisfiable' : [from, to]
}
