import { createReadStream } from 'node:fs'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClickHouseSettings } from '@clickhouse/client'
import { v7 as uuidV7 } from 'uuid'
import { CollectorError } from '../error.ts'
import { type Filter, filterParams } from '../store/filter.ts'
import type { FileFormat, Store } from '../store/store.ts'
import { refuseFailure } from './server_failure.ts'
import type { Slice } from './slices.ts'

/** What is written, and how. */
export interface Writing {
  readonly statement: string
  readonly format: FileFormat
  /** Bytes a row takes in the file, and again in what is sorted on disk; a generous guess, to look for room beforehand. */
  readonly rowBytes: number
}

/** Left on the disk for ingest. */
const RESERVE_BYTES = 512 * 1024 * 1024

/**
 * One thread and small blocks and buffers: an export may take its time, and not the memory that ingest lives on. The engine
 * keeps a Parquet file's bloom filters in memory until its end; without them 5 million rows take half as much.
 */
const FRUGAL: ClickHouseSettings = {
  max_threads: 1,
  max_block_size: '4096',
  preferred_block_size_bytes: '1000000',
  max_read_buffer_size: '131072',
  local_filesystem_read_method: 'pread',
  max_bytes_before_external_sort: '48000000',
  max_bytes_ratio_before_external_sort: 0,
  output_format_parallel_formatting: 0,
  output_format_parquet_parallel_encoding: 0,
  output_format_parquet_row_group_size: '32768',
  output_format_parquet_row_group_size_bytes: '16000000',
  output_format_parquet_write_bloom_filter: 0,
}

/** How the text formats are as their documentation says. */
const TEXT: ClickHouseSettings = {
  output_format_json_escape_forward_slashes: 0,
  output_format_csv_crlf_end_of_line: 1,
  format_csv_null_representation: '',
}

/** Refuses, with `EXPORT_NO_ROOM`, when the largest file of an export may not fit on the disk. A server writes none. */
export async function requireRoom(
  store: Store,
  tempDir: string,
  slices: readonly Slice[],
  { rowBytes }: Writing,
) {
  if (!store.embedded) return
  await mkdir(tempDir, { recursive: true })
  const { bavail, bsize } = await statfs(tempDir)
  const rows = Math.max(0, ...slices.map((slice) => slice.rows))
  if (bavail * bsize - RESERVE_BYTES >= 2 * rows * rowBytes) return
  throw new CollectorError(
    'EXPORT_NO_ROOM',
    `the disk has no room for an export of ${rows} rows at once; narrow the window or make room`,
    { status: 507 },
  )
}

/**
 * The bytes of one slice. A server streams them; the embedded engine would hold them in memory, so it writes a temporary
 * file, which is gone when the reader is through or gives up.
 */
export async function* bytesOf(
  store: Store,
  filter: Filter,
  { span }: Slice,
  { statement, format }: Writing,
  tempDir: string,
): AsyncGenerator<Uint8Array> {
  const params = filterParams(filter, span)
  const settings = { ...FRUGAL, ...TEXT }
  if (!store.embedded) {
    const { bytes, failureMark } = await store.stream(statement, params, format, settings)
    return yield* refuseFailure(bytes, failureMark)
  }
  const path = join(tempDir, `${TEMP_PREFIX}${uuidV7()}`)
  try {
    await store.writeFile(statement, params, path, format, settings)
    yield* createReadStream(path)
  } finally {
    await rm(path, { force: true })
  }
}

/** What the name of every temporary file begins with. */
export const TEMP_PREFIX = 'export-'
