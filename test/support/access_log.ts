import { readFileSync } from 'node:fs'

/** What a server that was not written here says of one request, in its own access log. */
export interface Logged {
  /** Of the request header `x-run`: which run of a test it belonged to. */
  readonly run: string
  readonly path: string
  readonly host: string
  /** Name in the TLS handshake; empty: none. */
  readonly server_name: string
  readonly status: number
  /** Of the body alone. */
  readonly bytes: number
  /** `HTTP/1.1`, `HTTP/2.0` or `HTTP/3.0`. */
  readonly protocol: string
  readonly resumed: boolean
  /** CMCD-Session, CTA-5004. */
  readonly cmcd_session: string
}

/** Reads a log of one JSON object a line, as far as it has been written. */
export function readLog(file: string, read: (line: Readonly<Record<string, unknown>>) => Logged): Logged[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => read(JSON.parse(line)))
}

/** The lines of one run, once there are `count` of them: servers write them when an answer has gone. */
export async function loggedOf(log: () => Logged[], run: string, count: number): Promise<Logged[]> {
  const until = performance.now() + LIMIT_MS
  for (;;) {
    const lines = log().filter((line) => line.run === run)
    if (lines.length >= count || performance.now() > until) return lines
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const LIMIT_MS = 2_000
