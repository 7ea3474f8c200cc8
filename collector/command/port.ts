import { once } from 'node:events'
import { createServer } from 'node:net'
import { codeOf, StartError } from '../error.ts'

/** Where to listen. `variable`: the environment variable to change when something else listens there. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly variable: string
}

/** Throws `PORT_TAKEN` or `PORT_REFUSED` when nothing can listen there; looked at before anything else is done. */
export async function refuseTakenPort(place: Place): Promise<void> {
  if (place.port === 0) return
  const probe = createServer()
  try {
    probe.listen({ host: place.host, port: place.port, exclusive: true })
    await once(probe, 'listening')
  } catch (error) {
    throw listenError(error, place)
  }
  probe.close()
  await once(probe, 'close')
}

/** Says why listening failed, and what to do. */
export function listenError(error: unknown, { host, port, variable }: Place): StartError {
  if (codeOf(error) === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is already taken; set ${variable} to another one`
    return new StartError('PORT_TAKEN', message, error)
  }
  return new StartError('PORT_REFUSED', `cannot listen on ${host} port ${port} (${codeOf(error)})`, error)
}

/** The host part of a URL that reaches a collector listening on `host`. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** The link that signs a browser in. */
export function signInLink(host: string, port: number, token: string): string {
  return `http://${reachable(host)}:${port}/signin?token=${encodeURIComponent(token)}`
}
