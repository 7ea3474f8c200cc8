import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { v7 as uuidv7 } from 'uuid'
import { makeRows } from './rows.ts'

const compress = promisify(gzip)

/** A batch ready to be sent. */
export interface Body {
  readonly key: string
  readonly bytes: Buffer
  readonly rows: number
}

/** Makes the batches before anything is timed: gzip of NDJSON, as an agent sends it. */
export async function makeBodies(rows: number, batchRows: number): Promise<Body[]> {
  const bodies: Body[] = []
  for (let done = 0; done < rows; done += batchRows) {
    const lines = makeRows(batchRows).map((row) => JSON.stringify(row))
    bodies.push({ key: uuidv7(), bytes: await compress(lines.join('\n')), rows: batchRows })
  }
  return bodies
}

/** What sending came to. */
export interface Outcome {
  readonly rows: number
  readonly seconds: number
  /** From the first byte of a batch sent to its answer read, in ms, ascending; batches that were turned away apart. */
  readonly acks_ms: readonly number[]
  readonly turned_away: number
}

/** Sends every batch once over `connections` connections, each one after the other, again where it is turned away. */
export async function send(
  url: URL,
  token: string,
  bodies: readonly Body[],
  connections: number,
): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const queue = [...bodies].reverse()
  const acks_ms: number[] = []
  let rows = 0
  let turned_away = 0
  const start = performance.now()
  const sender = async () => {
    for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
      const from = performance.now()
      const { status, answer } = await post(url, token, agent, body)
      if (status === 503) {
        turned_away++
        queue.push(body)
        await new Promise((resolve) => setTimeout(resolve, 500))
        continue
      }
      const accepted: unknown = JSON.parse(answer).accepted
      if (status !== 200 || accepted !== body.rows)
        throw new Error(`answer ${status}: ${answer.slice(0, 300)}`)
      acks_ms.push(performance.now() - from)
      rows += body.rows
    }
  }
  await Promise.all(Array.from({ length: connections }, sender))
  const seconds = (performance.now() - start) / 1_000
  agent.destroy()
  return { rows, seconds, acks_ms: acks_ms.sort((a, b) => a - b), turned_away }
}

async function post(url: URL, token: string, agent: Agent, { key, bytes }: Body) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: string }>()
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'content-length': bytes.length,
    'idempotency-key': key,
  }
  const sent = request(new URL('/v1/measurements', url), { method: 'POST', agent, headers }, (response) => {
    text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject)
  })
  sent.on('error', reject)
  sent.end(bytes)
  return promise
}
