import type { Target } from '@streamgauge/contract'
import { utcNow } from '../clock.ts'
import type { Resume } from '../connect/connection.ts'
import { Reach } from './reach.ts'
import { Recording } from './recording.ts'
import type { RunOptions } from './run.ts'

const LIMIT_MS = 10_000
/** TLS 1.3 servers hand tickets out right after the handshake: a round trip, and a slow one. */
const TICKET_LIMIT_MS = 2_000

/**
 * Makes the connection before the run that a target with `resumption` asks for, and takes its ticket along. It is not
 * part of the run. `null`: the run is cold, because that was asked for or because the server hands out nothing.
 */
export async function ticketFor(target: Target, url: URL, options: RunOptions): Promise<Resume | null> {
  const { resumption = 'cold' } = target
  if (resumption === 'cold') return null
  const limit = AbortSignal.timeout(LIMIT_MS)
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit
  const reach = new Reach(target, url, new Recording(utcNow()), signal, {
    duration_ms: LIMIT_MS,
    resume: null,
  })
  try {
    const connection = await reach.to(url)
    const ticket = await connection.ticket(TICKET_LIMIT_MS)
    if (ticket === null) return null
    // Without a request there is nothing to send early.
    return { ticket, early: resumption === 'zero-rtt' && options.kind === 'stream' }
  } catch {
    // What is wrong with the target, the run itself will say.
    return null
  } finally {
    reach.close()
    await reach.path()
  }
}
