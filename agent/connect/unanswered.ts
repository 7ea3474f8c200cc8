import { connect as connectSocket } from 'node:net'
import { ProbeFailure } from '../probe/failure.ts'
import type { ConnectRequest } from './connection.ts'

/** How long a look at the same node over TCP may take after QUIC got no answer. */
export const TCP_LOOK_MS = 2_000

/** UDP gives no refusal. A node that answers on TCP is up, so something on the way eats UDP. */
export async function unanswered(request: ConnectRequest, cause: unknown): Promise<ProbeFailure> {
  const answer = await lookOverTcp(request)
  if (answer === 'open')
    return new ProbeFailure(
      'UDP_BLOCKED',
      'path',
      'no answer over UDP; the same port answers over TCP',
      cause,
    )
  if (answer === 'refused')
    return new ProbeFailure(
      'CONNECT_TIMEOUT',
      'target',
      'no answer over UDP; nothing listens on TCP either',
      cause,
    )
  return new ProbeFailure('CONNECT_TIMEOUT', 'path', 'no answer over UDP nor TCP', cause)
}

function lookOverTcp(request: ConnectRequest): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host: request.address, port: request.port, autoSelectFamily: false })
    const answer = (seen: 'open' | 'refused' | 'silent') => {
      socket.destroy()
      resolve(seen)
    }
    socket.setTimeout(TCP_LOOK_MS, () => answer('silent'))
    socket.once('connect', () => answer('open'))
    socket.once('error', (error) =>
      answer('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
    )
  })
}
