import { BATCH_MAX_COUNT } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'

/** One member of a batch, not checked yet; `undefined` when the line was not JSON. */
export interface Line {
  /** 1 is the first. */
  readonly line: number
  readonly value: unknown
}

/**
 * Takes a body apart: a JSON array, one JSON object, or NDJSON (empty lines do not count as members but keep their number).
 * Throws `BODY_NOT_JSON` when nothing in it is JSON and `BATCH_TOO_LONG`.
 */
export function parseBatch(body: Buffer): Line[] {
  const text = body
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim()
  if (text === '') throw notJson('the body is empty')
  const lines = text.startsWith('[') ? parseArray(text) : parseLines(text)
  if (lines.length > BATCH_MAX_COUNT) {
    const message = `a batch may have ${BATCH_MAX_COUNT} measurements; this one has ${lines.length}`
    throw new CollectorError('BATCH_TOO_LONG', message, { status: 413 })
  }
  return lines
}

function parseArray(text: string): Line[] {
  const value = parseJson(text)
  if (!Array.isArray(value)) throw notJson('it begins like a JSON array but is none')
  return value.map((member: unknown, index) => ({ line: index + 1, value: member }))
}

function parseLines(text: string): Line[] {
  const lines = text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '')
    .slice(0, BATCH_MAX_COUNT + 1)
    .map(({ line, text }) => ({ line, value: parseJson(text) }))
  if (lines.some((line) => line.value !== undefined)) return lines
  const whole = parseJson(text)
  if (whole === undefined) throw notJson('send NDJSON or a JSON array of measurements')
  return [{ line: 1, value: whole }]
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
