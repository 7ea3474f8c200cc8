import { StoredMeasurement } from '@streamgauge/contract'

type Pages = AsyncIterable<readonly StoredMeasurement[]>

const COLUMNS = Object.keys(StoredMeasurement.properties) as (keyof StoredMeasurement)[]

/** One record a line. */
export async function* ndjson(pages: Pages): AsyncGenerator<string> {
  for await (const page of pages) yield `${page.map((row) => JSON.stringify(row)).join('\n')}\n`
}

/** One array, a record a line. */
export async function* json(pages: Pages): AsyncGenerator<string> {
  let before = '[\n'
  for await (const page of pages) {
    for (const row of page) {
      yield before + JSON.stringify(row)
      before = ',\n'
    }
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** RFC 4180 with a header; `null` is empty, lists and maps are JSON. */
export async function* csv(pages: Pages): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  for await (const page of pages) {
    yield page.map((row) => `${COLUMNS.map((column) => cell(row[column])).join(',')}\r\n`).join('')
  }
}

function cell(value: unknown): string {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
