import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { v7 as uuidV7 } from 'uuid'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import { eachPage } from '../store/measurements.ts'
import type { Store } from '../store/store.ts'
import { csv, json, ndjson } from './formats.ts'

const PAGE_COUNT = 2_000

/** Every format written from pages of records. Parquet is written by the engine itself. */
const writers = { csv, json, ndjson } as const

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

/** Measurements that match, as a stream in `format`. Memory is bounded by one page, whatever the size. */
export async function exportMeasurements(
  store: Store,
  format: ExportFormat,
  filter: Filter,
  span: Span,
  tempDir: string,
): Promise<Readable> {
  if (format === 'parquet') return parquet(store, filter, span, tempDir)
  return Readable.from(writers[format](eachPage(store, filter, span, PAGE_COUNT)), { objectMode: false })
}

/** A server streams the file; the embedded engine would hold it in memory, so it writes a temporary one. */
async function parquet(store: Store, filter: Filter, span: Span, tempDir: string): Promise<Readable> {
  const params = filterParams(filter, span)
  if (!store.embedded) return Readable.from(await store.stream('measurements/export_all', params, 'Parquet'))
  await mkdir(tempDir, { recursive: true })
  const path = join(tempDir, `${uuidV7()}.parquet`)
  const remove = () => rm(path, { force: true })
  try {
    await store.writeFile('measurements/export_all', params, path, 'Parquet')
  } catch (error) {
    await remove()
    throw error
  }
  return createReadStream(path).once('close', () => void remove())
}
