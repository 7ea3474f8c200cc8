import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import { sql } from '@streamgauge/queries'
import { CollectorError, codeOf, messageOf } from '../error.ts'
import { clientFactory, type Location } from './client.ts'
import { freest, Lane } from './lane.ts'

const READ_LANES_COUNT = 3
const INSERT_LANES_COUNT = 2

/** What a statement may cost. */
export interface Limits {
  readonly seconds: number
  readonly resultRows: number
}

/** For what a person waits for. */
export const INTERACTIVE: Limits = { seconds: 20, resultRows: 200_000 }

/** For what runs in the background or by hand. */
export const LONG: Limits = { seconds: 600, resultRows: 1_000_000 }

/** How values cross the boundary, so that a record comes back exactly as it went in. */
const FORMATS: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  precise_float_parsing: 1,
}

/** The one way to ClickHouse. Inserts have connections of their own, so that a heavy report never holds up an agent. */
export class Store {
  readonly #reads: readonly Lane[]
  readonly #inserts: readonly Lane[]
  readonly #embedded: boolean

  constructor(makeClient: () => ClickHouseClient, embedded: boolean) {
    this.#embedded = embedded
    this.#reads = Array.from({ length: READ_LANES_COUNT }, () => new Lane(makeClient()))
    this.#inserts = Array.from({ length: INSERT_LANES_COUNT }, () => new Lane(makeClient()))
  }

  /** Whether the engine runs in this process. */
  get embedded(): boolean {
    return this.#embedded
  }

  /** Batches waiting to be written or being written. */
  get pendingInserts(): number {
    return this.#inserts.reduce((sum, lane) => sum + lane.pending, 0)
  }

  /** Rows of `queries/<name>.sql`; `Row` is the one named in its header. */
  read<Row>(name: string, params: Record<string, unknown>, limits: Limits = INTERACTIVE): Promise<Row[]> {
    return wrap(name, () =>
      freest(this.#reads).run(async (client) => {
        const result = await client.query({
          query: sql(name),
          query_params: params,
          format: 'JSONEachRow',
          clickhouse_settings: { ...FORMATS, ...guards(limits) },
        })
        return result.json<Row>()
      }),
    )
  }

  /**
   * Writes rows and resolves when they are stored. `token` names the batch: the same token again writes nothing.
   * Rejects with `STORE_UNAVAILABLE` when the store does not take them.
   */
  insert(table: string, rows: readonly unknown[], token: string): Promise<void> {
    return wrap(`insert into ${table}`, () =>
      freest(this.#inserts).run(async (client) => {
        await client.insert({
          table,
          values: rows,
          format: 'JSONEachRow',
          clickhouse_settings: {
            ...FORMATS,
            async_insert: 0,
            insert_deduplication_token: token,
            max_execution_time: 60,
            max_partitions_per_insert_block: '0',
          },
        })
      }),
    )
  }

  /** Runs one statement that answers nothing: schema files and migrations. */
  run(statement: string): Promise<void> {
    return wrap('statement', () =>
      freest(this.#reads).run(async (client) => {
        await client.command({ query: statement, clickhouse_settings: { max_execution_time: LONG.seconds } })
      }),
    )
  }

  /** Lets the embedded engine write `queries/<name>.sql` into a file by itself, in bounded memory. */
  writeFile(name: string, params: Record<string, unknown>, path: string, format: 'Parquet'): Promise<void> {
    const target = path.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
    return wrap(name, () =>
      freest(this.#reads).run(async (client) => {
        await client.command({
          query: `${sql(name)}\nINTO OUTFILE '${target}' TRUNCATE FORMAT ${format}`,
          query_params: params,
          clickhouse_settings: { ...FORMATS, ...guards(LONG), max_result_rows: '0' },
        })
      }),
    )
  }

  /** A server's answer to `queries/<name>.sql` as a byte stream in `format`. */
  stream(
    name: string,
    params: Record<string, unknown>,
    format: 'Parquet',
  ): Promise<AsyncIterable<Uint8Array>> {
    return wrap(name, () =>
      freest(this.#reads).run(async (client) => {
        const result = await client.exec({
          query: `${sql(name)}\nFORMAT ${format}`,
          query_params: params,
          clickhouse_settings: { ...FORMATS, ...guards(LONG), max_result_rows: '0' },
        })
        return result.stream
      }),
    )
  }

  /** Rejects when the store does not answer. */
  async ping(): Promise<void> {
    await this.read('store/ping', {}, { seconds: 5, resultRows: 1 })
  }

  /** Waits for everything accepted, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#inserts, ...this.#reads].map((lane) => lane.close()))
  }
}

/** Opens the store; throws a `StartError` when it cannot be. */
export function openStore(location: Location): Store {
  return new Store(clientFactory(location), 'path' in location)
}

function guards(limits: Limits): ClickHouseSettings {
  return {
    max_execution_time: limits.seconds,
    max_result_rows: String(limits.resultRows),
    max_rows_to_read: '5000000000',
    max_memory_usage: '4000000000',
    max_bytes_before_external_group_by: '1000000000',
    max_bytes_before_external_sort: '1000000000',
  }
}

async function wrap<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CollectorError) throw error
    const tooMuch = ['159', '158', '241', '396'].includes(codeOf(error) ?? '')
    if (tooMuch) {
      const message =
        'this needs more time or memory than one request may use; narrow the window or the filters'
      throw new CollectorError('QUERY_TOO_LARGE', message, { status: 422, cause: error })
    }
    throw new CollectorError('STORE_UNAVAILABLE', `the store failed (${what}): ${messageOf(error)}`, {
      status: 503,
      retryAfterS: 5,
      cause: error,
    })
  }
}
