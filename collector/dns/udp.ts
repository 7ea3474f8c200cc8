import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { monotonic } from '../clock.ts'
import type { Answerer } from './answerer.ts'
import type { Limiter } from './limiter.ts'
import type { DnsMetrics } from './metrics.ts'
import { plainAddress } from './subnet.ts'

/** What the system does not take is thrown away beyond this: whoever asks will ask again. */
const WAITING_MAX_BYTES = 4 * 1024 * 1024
/** Bursts of queries wait here while this process does something else. */
const RECEIVE_BYTES = 4 * 1024 * 1024

/** What a transport takes. */
export interface TransportDeps {
  readonly answerer: Answerer
  readonly limiter: Limiter
  readonly metrics: DnsMetrics
  readonly warn: (details: object, message: string) => void
}

/** Answers over UDP at an address; port 0: any. Rejects with what the system says. */
export async function listenUdp(deps: TransportDeps, host: string, port: number): Promise<Socket> {
  const socket = createSocket({
    type: isIP(host) === 6 ? 'udp6' : 'udp4',
    // Answers go to addresses, never to names: nothing has to be looked up.
    lookup: (address, _, done) => done(null, address, isIP(address)),
  })
  const begun = once(socket, 'listening')
  socket.bind({ address: host, port, exclusive: true })
  await begun
  enlarge(socket)
  socket.on('error', (error) => deps.warn({ err: error }, 'DNS over UDP'))
  socket.on('message', (message, { address, port: theirs }) => answer(deps, socket, message, address, theirs))
  return socket
}

function answer(deps: TransportDeps, socket: Socket, message: Buffer, address: string, port: number) {
  const { answerer, limiter, metrics, warn } = deps
  // Nobody is at port 0.
  if (port === 0) return metrics.dropped('udp', 'unanswerable')
  const from = plainAddress(address)
  try {
    const found = answerer.answer(message, from, 'udp')
    if (found === null) return metrics.dropped('udp', 'unanswerable')
    const verdict = limiter.take(from, monotonic())
    if (verdict === 'drop') return metrics.dropped('udp', 'limited')
    if (socket.getSendQueueSize() > WAITING_MAX_BYTES) return metrics.dropped('udp', 'busy')
    const said = verdict === 'answer' ? found : answerer.answer(message, from, 'udp', true)
    if (said === null) return
    // What the network does to an answer is for the resolver to notice.
    socket.send(said.message, port, address, () => {})
    metrics.answered('udp', said, verdict === 'truncate')
  } catch (error) {
    metrics.dropped('udp', 'failed')
    warn({ err: error }, 'a query was not answered')
  }
}

/** As far as the system lets us. */
function enlarge(socket: Socket) {
  try {
    socket.setRecvBufferSize(RECEIVE_BYTES)
  } catch {
    // What there is has to do.
  }
}
