import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Case } from './cases.ts'

/** What one query took. */
export interface Timing {
  readonly name: string
  readonly window: string
  readonly n: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly max_ms: number
  /** Status and code of answers that were not 200. */
  readonly failures: readonly string[]
}

/** A connection to a collector that is kept, as a browser keeps one. */
export class Viewer {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: URL
  readonly #token: string

  constructor(url: URL, token: string) {
    this.#url = url
    this.#token = token
  }

  /** One request, its answer read to the end. */
  async get(path: string): Promise<{ status: number; body: Buffer; ms: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Buffer }>()
    const headers = { authorization: `Bearer ${this.#token}` }
    const start = performance.now()
    const sent = request(new URL(path, this.#url), { agent: this.#agent, headers }, (response) => {
      buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    sent.on('error', reject)
    sent.end()
    return { ...(await promise), ms: performance.now() - start }
  }

  close() {
    this.#agent.destroy()
  }
}

/** Asks every case once a round, in turn, after one round that does not count; `null` where the collector has no such report. */
export async function timeCases(
  viewer: Viewer,
  cases: readonly Case[],
  rounds: number,
): Promise<(Timing | null)[]> {
  const taken = cases.map((): number[] => [])
  const failures = cases.map((): string[] => [])
  const absent = new Set<number>()
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, one] of cases.entries()) {
      if (absent.has(index)) continue
      const { status, body, ms } = await viewer.get(one.path(round))
      if (status === 404 && one.path(round).startsWith('/v1/reports/')) absent.add(index)
      if (round === 0) continue
      taken[index]?.push(ms)
      if (status !== 200) failures[index]?.push(`${status} ${body.toString('utf8', 0, 200)}`)
    }
  }
  return cases.map((one, index) => {
    if (absent.has(index)) return null
    const sorted = (taken[index] ?? []).sort((a, b) => a - b)
    const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)
    const { name, window } = one
    const told = [...new Set(failures[index])]
    return {
      name,
      window,
      n: sorted.length,
      p50_ms: at(0.5),
      p95_ms: at(0.95),
      max_ms: at(1),
      failures: told,
    }
  })
}
