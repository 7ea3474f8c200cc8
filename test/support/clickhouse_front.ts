import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { TestContext } from 'node:test'
import { createGunzip } from 'node:zlib'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { tempDir } from './collector.ts'

/** Parameters of the HTTP interface that are neither settings nor query parameters. */
const OWN = new Set(['query', 'query_id', 'session_id', 'database', 'compress', 'decompress'])

/** An insert whose body is no text; the engine in this process reads it from a file. */
const NATIVE = /^\s*INSERT INTO (\S+) \(([^)]*)\) FORMAT Native\s*$/

/**
 * A ClickHouse server's HTTP interface, as far as a client needs it, on the embedded engine: tests what goes over the wire
 * without a server. Answers its URL.
 */
export async function clickhouseFront(t: TestContext): Promise<string> {
  const folder = await tempDir(t)
  const nativeFile = join(folder, 'body.native')
  const client = clientFactory({ path: join(folder, 'server') })()
  let last: Promise<unknown> = Promise.resolve()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://front')
    if (url.pathname === '/ping') {
      response.end('Ok.\n')
      return
    }
    const gzip = request.headers['content-encoding'] === 'gzip'
    const body = await buffer(gzip ? request.pipe(createGunzip()) : request)
    const settings: Record<string, string> = {}
    const params: Record<string, string> = {}
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_')) params[name.slice('param_'.length)] = value
      else if (!OWN.has(name)) settings[name] = value
    }
    const said = url.searchParams.get('query') ?? ''
    const native = NATIVE.exec(said)
    // One connection runs one statement at a time.
    const result = last.then(async () => {
      if (native !== null) await writeFile(nativeFile, body)
      const query =
        native === null ? [said, body.toString()].filter(Boolean).join('\n') : fromFile(native, nativeFile)
      return client.exec({ query, query_params: params, clickhouse_settings: settings })
    })
    last = result.catch(() => {})
    try {
      await pipeline((await result).stream, response)
    } catch (error) {
      if (response.headersSent) {
        response.destroy()
        return
      }
      const {
        code = '0',
        message = '',
        type = '',
      } = error as { code?: string; message?: string; type?: string }
      response.writeHead(500, { 'x-clickhouse-exception-code': code })
      response.end(`Code: ${code}. DB::Exception: ${message} (${type})`)
    }
  })
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await client.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

function fromFile([, table, columns]: RegExpExecArray, file: string): string {
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM file('${file}', 'Native')`
}
