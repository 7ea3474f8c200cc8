import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { StoredMeasurement } from '@streamgauge/contract'
import type { Filter, Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bytesOf, requireRoom, TEMP_PREFIX, type Writing } from './bytes.ts'
import { jsonArray } from './json_array.ts'
import { slicesOf, whole } from './slices.ts'

/** What an export may be. */
export const EXPORT_FORMATS = ['csv', 'json', 'ndjson', 'parquet'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Media types, for the answer's header. */
export const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

/** RFC 4180, a header before it; or one record a line; or the engine's own Parquet, in the order of the table. */
const WRITINGS: Readonly<Record<ExportFormat, Writing>> = {
  csv: { statement: 'measurements/export_csv', format: 'CSV', rowBytes: 1_000 },
  json: { statement: 'measurements/export_json', format: 'TSVRaw', rowBytes: 2_500 },
  ndjson: { statement: 'measurements/export_json', format: 'TSVRaw', rowBytes: 2_500 },
  parquet: { statement: 'measurements/export_all', format: 'Parquet', rowBytes: 400 },
}

const CSV_HEADER = `${Object.keys(StoredMeasurement.properties).join(',')}\r\n`

/**
 * Measurements that match, as a stream of bytes in `format`: written by the engine slice by slice as they are read, so that
 * memory and disk do not grow with their number. What is inserted meanwhile may be among them or not. Destroying the stream
 * removes what was written. Throws `EXPORT_NO_ROOM`, `QUERY_TOO_LARGE` and `STORE_UNAVAILABLE`; the stream fails with the same.
 */
export async function exportMeasurements(
  store: Store,
  format: ExportFormat,
  filter: Filter,
  span: Span,
  tempDir: string,
): Promise<Readable> {
  const writing = WRITINGS[format]
  const hours = await slicesOf(store, filter, span)
  const slices = format === 'parquet' ? [whole(hours)] : hours
  await requireRoom(store, tempDir, slices, writing)
  async function* bytes() {
    if (format === 'csv') yield Buffer.from(CSV_HEADER)
    for (const slice of slices) yield* bytesOf(store, filter, slice, writing, tempDir)
  }
  return Readable.from(format === 'json' ? jsonArray(bytes()) : bytes(), { objectMode: false })
}

/** Removes what exports of an earlier process left behind. */
export async function sweepExports(tempDir: string): Promise<void> {
  await mkdir(tempDir, { recursive: true })
  const left = (await readdir(tempDir)).filter((name) => name.startsWith(TEMP_PREFIX))
  await Promise.all(left.map((name) => rm(join(tempDir, name), { force: true })))
}
