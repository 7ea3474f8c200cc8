import { join } from 'node:path'
import { clientFactory } from '@streamgauge/collector/store/client.ts'

/** What a table takes on the disk. */
export interface TableSize {
  readonly table: string
  readonly rows: number
  readonly bytes: number
}

/** The tables of a store nobody has open, as the engine counts them: rows and bytes of the parts in use. */
export async function tableSizes(folder: string): Promise<TableSize[]> {
  const client = clientFactory({ path: join(folder, 'clickhouse') })()
  try {
    const result = await client.query({
      query: `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
        WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    return await result.json<TableSize>()
  } finally {
    await client.close()
  }
}
