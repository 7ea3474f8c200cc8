import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import { sql } from '@streamgauge/queries'
import type { FileOfRows } from './again.ts'
import { clientFactory, type Location, placeOf, SERVER_STATEMENTS_COUNT } from './client.ts'
import type { Place } from './cluster/place.ts'
import { forCluster } from './cluster/rewrite.ts'
import { wrap } from './failure.ts'
import { freest, Lane } from './lane.ts'
import { guards, INTERACTIVE, LENGTHY, type Limits, LONG, ON_CLUSTER, ON_SERVER } from './limits.ts'
import type { ColumnInfo } from './native/block.ts'
import { BRIEF, ONCE, type Patience, retrying } from './retry.ts'

const READ_LANES_COUNT = 3
const INSERT_LANES_COUNT = 2
/** A file takes minutes to write: exports have connections of their own, so that reports need not wait for them. */
const EXPORT_LANES_COUNT = 2

/** What a file or a stream of bytes may be written as. */
export type FileFormat = 'Parquet' | 'CSV' | 'TSVRaw'

/** A row to be written: a value per column. */
export type Row = Readonly<Record<string, unknown>>

/** How values cross the boundary, so that a record comes back exactly as it went in. */
const FORMATS: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  precise_float_parsing: 1,
}

/** What every insert may cost; a batch of an old outbox may have runs of many days. One thread, so that one token is one part. */
const INSERT: ClickHouseSettings = {
  max_execution_time: 60,
  max_insert_threads: '1',
  max_partitions_per_insert_block: '0',
  // What the views write is grouped already; adding it up once more before it is written takes longer than the rest.
  optimize_on_insert: 0,
}

/** The one way to ClickHouse. Inserts have connections of their own, so that a heavy report never holds up an agent. */
export class Store {
  readonly #reads: readonly Lane[]
  readonly #inserts: readonly Lane[]
  /** Of the embedded engine; a server's answers are streams. */
  readonly #exports: readonly Lane[]
  readonly #embedded: boolean
  readonly #place: Place | null
  readonly #patience: Patience
  /** What every statement is told besides: of servers and clusters. */
  readonly #around: ClickHouseSettings

  /** `place`: the cluster the server is of, if it is of one. */
  constructor(makeClient: () => ClickHouseClient, embedded: boolean, place: Place | null = null) {
    this.#embedded = embedded
    this.#place = place
    this.#patience = embedded ? ONCE : BRIEF
    this.#around = { ...(!embedded && ON_SERVER), ...(place !== null && ON_CLUSTER) }
    const lanes = (count: number, width: number) =>
      Array.from({ length: embedded ? count : 1 }, () => new Lane(makeClient(), embedded ? 1 : width))
    this.#reads = lanes(READ_LANES_COUNT, SERVER_STATEMENTS_COUNT.reads)
    this.#inserts = lanes(INSERT_LANES_COUNT, SERVER_STATEMENTS_COUNT.inserts)
    this.#exports = embedded ? lanes(EXPORT_LANES_COUNT, 1) : []
  }

  /** Whether the engine runs in this process. */
  get embedded(): boolean {
    return this.#embedded
  }

  /** The cluster all tables are on; `null`: one server, or the embedded engine. */
  get place(): Place | null {
    return this.#place
  }

  /** Batches waiting to be written or being written. */
  get pendingInserts(): number {
    return this.#inserts.reduce((sum, lane) => sum + lane.pending, 0)
  }

  /**
   * Rows of `queries/<name>.sql`; `R` is the row named in its header. When `signal` ends, so does the statement, at a server at
   * least: the embedded engine goes on to its end or its limit.
   */
  read<R>(
    name: string,
    params: Record<string, unknown>,
    limits: Limits = INTERACTIVE,
    signal?: AbortSignal,
  ): Promise<R[]> {
    return wrap(name, () =>
      freest(this.#reads).run((client) =>
        this.#again(async () => {
          const result = await client.query({
            query: sql(name),
            query_params: params,
            format: 'JSONEachRow',
            clickhouse_settings: { ...FORMATS, ...guards(limits), ...this.#around },
            ...(signal !== undefined && { abort_signal: signal }),
          })
          return result.json<R>()
        }, signal),
      ),
    )
  }

  /** Rows of `queries/<name>.sql` as text, each an array in JSON on a line of its own. Otherwise as `read`. */
  readLines(name: string, params: Record<string, unknown>, limits: Limits = INTERACTIVE): Promise<string> {
    return wrap(name, () =>
      freest(this.#reads).run((client) =>
        this.#again(async () => {
          const result = await client.query({
            query: sql(name),
            query_params: params,
            format: 'JSONCompactEachRow',
            clickhouse_settings: { ...FORMATS, ...guards(limits), ...this.#around },
          })
          return result.text()
        }),
      ),
    )
  }

  /**
   * Writes rows, all with the same keys, and resolves when they are stored. `token` names the batch: the same token again writes nothing.
   * Rejects with `STORE_UNAVAILABLE` when the store does not take them.
   */
  insert(table: string, rows: readonly Row[], token: string): Promise<void> {
    const [first, ...rest] = Object.keys(rows[0] ?? {})
    if (first === undefined) return Promise.resolve()
    // Without the names in every row a batch is half as long, and a quarter faster.
    const columns: [string, ...string[]] = [first, ...rest]
    return wrap(`insert into ${table}`, () =>
      freest(this.#inserts)
        .run((client) =>
          this.#again(() =>
            client.insert({
              table,
              columns,
              values: rows.map((row) => columns.map((column) => row[column])),
              format: 'JSONCompactEachRow',
              clickhouse_settings: {
                ...FORMATS,
                ...INSERT,
                ...this.#around,
                async_insert: 0,
                insert_deduplication_token: token,
              },
            }),
          ),
        )
        .then(() => {}),
    )
  }

  /**
   * Lets the embedded engine read rows from a file in its Native format, which has no upper bound: they are not in this
   * process's memory. Otherwise as `insert`.
   */
  insertFile(table: string, columns: readonly string[], path: string, token: string): Promise<void> {
    const names = columns.join(', ')
    return wrap(`insert into ${table}`, () =>
      freest(this.#inserts).run(async (client) => {
        await client.command({
          query: `INSERT INTO ${table} (${names}) SELECT ${names} FROM file('${quoted(path)}', 'Native')`,
          clickhouse_settings: { ...INSERT, async_insert: 0, insert_deduplication_token: token },
        })
      }),
    )
  }

  /** Inserts the rows of such a file that the table does not have: those whose `id` is not there at their `time`. */
  insertMissing(
    { table, columns, file }: FileOfRows,
    { id, time }: { readonly id: string; readonly time: string },
  ): Promise<void> {
    const names = columns.join(', ')
    const rows = `file('${quoted(file)}', 'Native')`
    const known =
      `SELECT ${id} FROM ${table} WHERE ${time} >= (SELECT min(${time}) FROM ${rows}) ` +
      `AND ${time} <= (SELECT max(${time}) FROM ${rows})`
    return wrap(`insert into ${table}`, () =>
      freest(this.#inserts).run(async (client) => {
        await client.command({
          query: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows} WHERE ${id} NOT IN (${known})`,
          clickhouse_settings: {
            ...INSERT,
            async_insert: 0,
            insert_deduplicate: 0,
            max_execution_time: LONG.seconds,
          },
        })
      }),
    )
  }

  /**
   * Sends rows to a server as a block of its Native format. The server gathers inserts that come at the same time
   * into one part and answers when it is written. Not on a cluster: there the token of each insert has to reach the shards,
   * and one that was gathered has many. Otherwise as `insert`.
   */
  insertBlock(
    table: string,
    columns: readonly string[],
    block: readonly Buffer[],
    token: string,
  ): Promise<void> {
    const body = Buffer.concat(block)
    return wrap(`insert into ${table}`, () =>
      freest(this.#inserts).run((client) =>
        this.#again(async () => {
          const { stream } = await client.exec({
            query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`,
            values: Readable.from([body]),
            clickhouse_settings: {
              ...INSERT,
              ...this.#around,
              async_insert: this.#place === null ? 1 : 0,
              wait_for_async_insert: 1,
              async_insert_deduplicate: 1,
              insert_deduplication_token: token,
            },
          })
          stream.resume()
          await finished(stream)
        }),
      ),
    )
  }

  /** The columns of a table, in order; empty: there is no such table. */
  columns(table: string): Promise<ColumnInfo[]> {
    return this.read<ColumnInfo>('store/columns', { table })
  }

  /**
   * Runs one statement that answers nothing and carries no token: schema files, migrations, fills. It is tried once, and never
   * compared with earlier inserts. On a cluster, one that does not say so itself is rewritten for it, which throws `CLUSTER_STATEMENT`
   * when that cannot be done.
   */
  async run(statement: string, settings: ClickHouseSettings = {}): Promise<void> {
    const place = this.#place
    const here = place === null || statement.includes(' ON CLUSTER ')
    for (const query of here ? [statement] : forCluster(statement, place)) await this.#runOne(query, settings)
  }

  #runOne(query: string, settings: ClickHouseSettings): Promise<void> {
    return wrap('statement', () =>
      freest(this.#reads).run(async (client) => {
        await client.command({
          query,
          clickhouse_settings: {
            max_execution_time: LONG.seconds,
            insert_deduplicate: 0,
            ...(!this.#embedded && LENGTHY),
            ...(this.#place !== null && ON_CLUSTER),
            ...settings,
          },
        })
      }),
    )
  }

  /** Lets the embedded engine write `queries/<name>.sql` into a file by itself, in bounded memory. */
  writeFile(
    name: string,
    params: Record<string, unknown>,
    path: string,
    format: FileFormat,
    settings: ClickHouseSettings = {},
  ): Promise<void> {
    return wrap(name, () =>
      freest(this.#exports).run(async (client) => {
        await client.command({
          query: `${sql(name)}\nINTO OUTFILE '${quoted(path)}' TRUNCATE FORMAT ${format}`,
          query_params: params,
          clickhouse_settings: { ...FORMATS, ...guards(LONG), max_result_rows: '0', ...settings },
        })
      }),
    )
  }

  /**
   * A server's answer to `queries/<name>.sql` as a byte stream in `format`. `failureMark` is what the stream holds where the
   * statement failed half-way, after which the server's message follows; `null`: the server does not say.
   */
  stream(
    name: string,
    params: Record<string, unknown>,
    format: FileFormat,
    settings: ClickHouseSettings = {},
  ): Promise<{ bytes: AsyncIterable<Uint8Array>; failureMark: string | null }> {
    return wrap(name, () =>
      freest(this.#reads).run(async (client) => {
        const result = await client.exec({
          query: `${sql(name)}\nFORMAT ${format}`,
          query_params: params,
          clickhouse_settings: {
            ...FORMATS,
            ...guards(LONG),
            ...this.#around,
            max_result_rows: '0',
            ...settings,
          },
        })
        const tag = result.response_headers['x-clickhouse-exception-tag']
        return { bytes: result.stream, failureMark: tag === undefined ? null : `__exception__\r\n${tag}` }
      }),
    )
  }

  /** Rejects when the store does not answer. */
  async ping(): Promise<void> {
    await this.read('store/ping', {}, { seconds: 5, resultRows: 1 })
  }

  /** Waits for everything accepted, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#inserts, ...this.#reads, ...this.#exports].map((lane) => lane.close()))
  }

  #again<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return retrying(this.#patience, work, signal)
  }
}

/** A path as it stands between single quotes in SQL. */
function quoted(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}

/** Opens the store; throws a `StartError` when it cannot be. */
export function openStore(location: Location): Store {
  return new Store(clientFactory(location), 'path' in location, placeOf(location))
}
