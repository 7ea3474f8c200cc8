import { BATCH_MAX_COUNT } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'

/** One member of a batch, not checked yet; `undefined` when the line was not JSON. */
export interface Line {
  /** 1 is the first. */
  readonly line: number
  readonly value: unknown
  /** The beginning of what was sent, in characters at most. */
  readonly excerpt: (chars: number) => string
}

const NEWLINE = 0x0a
const SPACE = 0x20
const BRACKET = 0x5b
const BOM = Buffer.from('\uFEFF')

/**
 * Takes a body apart as it is asked for: a JSON array, one JSON object, or NDJSON (empty lines do not count as members but
 * keep their number). Throws `BODY_NOT_JSON` when nothing in it is JSON, and `BATCH_TOO_LONG` at the member
 * that is one too many.
 */
export function* parseBatch(body: Buffer): Generator<Line> {
  const text = body.subarray(0, BOM.length).equals(BOM) ? body.subarray(BOM.length) : body
  let count = 0
  for (const line of text[firstInk(text)] === BRACKET ? parseArray(text) : parseLines(text)) {
    count++
    if (count > BATCH_MAX_COUNT) {
      const message = `a batch may have ${BATCH_MAX_COUNT} measurements; this one has more`
      throw new CollectorError('BATCH_TOO_LONG', message, { status: 413 })
    }
    yield line
  }
}

function* parseArray(text: Buffer): Generator<Line> {
  const value = parseJson(text.toString())
  if (!Array.isArray(value)) throw notJson('it begins like a JSON array but is none')
  for (const [index, member] of value.entries())
    yield { line: index + 1, value: member, excerpt: (chars) => written(member).slice(0, chars) }
}

/** What comes before the first line of JSON is held back: it may be the beginning of one object over several lines. */
function* parseLines(text: Buffer): Generator<Line> {
  const held: Line[] = []
  let found = false
  for (const line of eachLine(text)) {
    if (!found && line.value === undefined && held.length <= BATCH_MAX_COUNT) {
      held.push(line)
      continue
    }
    if (!found) yield* held
    found = true
    yield line
  }
  if (found) return
  if (firstInk(text) === text.length) throw notJson('the body is empty')
  const whole = parseJson(text.toString())
  if (whole === undefined) throw notJson('send NDJSON or a JSON array of measurements')
  yield { line: 1, value: whole, excerpt: (chars) => excerptOf(text, 0, text.length, chars) }
}

function* eachLine(text: Buffer): Generator<Line> {
  let start = 0
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf(NEWLINE, start)
    const end = newline === -1 ? text.length : newline
    const ink = firstInk(text, start, end)
    if (ink < end) {
      const value = parseJson(text.toString('utf8', ink, end))
      yield { line, value, excerpt: (chars) => excerptOf(text, ink, end, chars) }
    }
    start = end + 1
  }
}

/** Where the first byte is that is neither a space nor a control character. */
function firstInk(text: Buffer, start = 0, end = text.length): number {
  let at = start
  while (at < end && (text[at] ?? 0) <= SPACE) at++
  return at
}

/** A character has at most four bytes; the last one may be cut. */
function excerptOf(text: Buffer, start: number, end: number, chars: number): string {
  return text.toString('utf8', start, Math.min(end, start + chars * 4)).slice(0, chars)
}

/** JSON again; empty where that is nested too deeply to be written. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function notJson(detail: string): CollectorError {
  return new CollectorError('BODY_NOT_JSON', `the body is not JSON: ${detail}`, { status: 400 })
}
