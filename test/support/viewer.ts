import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import type { TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { connectAsync } from '@currentspace/http3'

/** Where a viewer goes. */
export interface Where {
  readonly port: number
  readonly ca_file: string
}

/** Opens one FLV stream and reads it, or not; resolves with how to leave once the first bytes are there. */
export type Viewer = (t: TestContext, origin: Where, reads?: boolean) => Promise<() => Promise<void>>

const PATH = '/live/test.flv'

/** A plain viewer for every HTTP version: leaving ends the stream, and the test ends the connection. */
export const VIEWERS = {
  'HTTP/1.1': async (t, { port, ca_file }, reads = true) => {
    const asked = request({ host: '127.0.0.1', port, path: PATH, ca: readFileSync(ca_file), agent: false })
    asked.on('error', () => {})
    asked.end()
    t.after(() => asked.destroy())
    const [answer] = await once(asked, 'response')
    answer.on('error', () => {})
    await once(answer, 'readable')
    if (reads) answer.resume()
    return async () => void asked.destroy()
  },
  'HTTP/2': async (t, { port, ca_file }, reads = true) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: readFileSync(ca_file) })
    session.on('error', () => {})
    t.after(() => session.destroy())
    const stream = session.request({ ':path': PATH })
    stream.on('error', () => {})
    await once(stream, 'readable')
    if (reads) stream.resume()
    return async () => stream.close()
  },
  'HTTP/3': async (t, { port, ca_file }) => {
    const session = await connectAsync(`https://127.0.0.1:${port}`, { ca: readFileSync(ca_file) })
    session.on('error', () => {})
    t.after(() => session.close())
    const stream = session.request(
      { ':method': 'GET', ':scheme': 'https', ':authority': `127.0.0.1:${port}`, ':path': PATH },
      { endStream: true },
    )
    stream.on('error', () => {})
    await once(stream, 'readable')
    stream.resume()
    return async () => stream.close(H3_REQUEST_CANCELLED)
  },
} as const satisfies Record<string, Viewer>

const H3_REQUEST_CANCELLED = 0x10c

/** A connection that never asks for anything. */
export const idleConnection: Viewer = async (t, { port, ca_file }) => {
  const ca = readFileSync(ca_file)
  const socket = connectTls({ host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'] })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  return async () => void socket.destroy()
}
