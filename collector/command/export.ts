import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Environment } from '../config/environment.ts'
import { messageOf, StartError } from '../error.ts'
import { EXPORT_FORMATS, exportMeasurements } from '../export/export.ts'
import { spanOf } from '../http/parameters.ts'
import { ALWAYS, type Filter, filterParameters } from '../store/filter.ts'
import { lockDataDir } from '../store/lock.ts'
import { openStore } from '../store/store.ts'
import { location } from './location.ts'

/** Writes measurements to a file or standard output. */
export async function exportCommand(args: string[], env: Environment): Promise<number> {
  const { format, span, filter, output } = read(args)
  const lock = env.CLICKHOUSE_URL === undefined ? lockDataDir(env.DATA_DIR) : null
  const store = openStore(location(env))
  try {
    const source = await exportMeasurements(store, format, filter, span, join(env.DATA_DIR, 'tmp'))
    if (output === undefined) await pipeline(source, process.stdout, { end: false })
    else await pipeline(source, createWriteStream(output))
  } finally {
    await store.close()
    lock?.release()
  }
  return 0
}

function read(args: string[]) {
  const one = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  try {
    const { values } = parseArgs({
      args,
      options: {
        what: { ...one, default: 'measurements' },
        format: { ...one, default: 'csv' },
        output: one,
        from: one,
        to: one,
        agent_id: many,
        node_id: many,
        target_id: many,
        stream_id: many,
        country: many,
        isp: many,
        transport: many,
        route: many,
        kind: many,
        failure: many,
      },
    })
    const format = EXPORT_FORMATS.find((candidate) => candidate === values.format)
    if (format === undefined) throw new Error(`--format must be one of ${EXPORT_FORMATS.join(', ')}`)
    if (values.what !== 'measurements') throw new Error('--what must be measurements')
    const { from, to } = values
    const span = spanOf({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, ALWAYS)
    return { format, span, filter: pickFilter(values), output: values.output }
  } catch (error) {
    throw new StartError('BAD_ARGUMENTS', messageOf(error), error)
  }
}

function pickFilter(values: Readonly<Record<string, string | string[] | undefined>>): Filter {
  const lists = Object.entries(values).filter(
    (entry): entry is [string, string[]] =>
      Array.isArray(entry[1]) && Object.hasOwn(filterParameters, entry[0]),
  )
  return Object.fromEntries(lists)
}
