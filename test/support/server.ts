import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureServer } from '@currentspace/http3'
import type { Certificate } from './certificate.ts'
import { makeCertificate } from './certificate.ts'

/** One answer of a scripted server, whichever HTTP version asked. */
export interface Answer {
  status(code: number): void
  /** Before the first byte. */
  header(name: string, value: string): void
  /** @returns whether more may be written before `onDrain` */
  write(bytes: Uint8Array | string): boolean
  onDrain(work: () => void): void
  /** Ends as announced. */
  end(): void
  /** Breaks off. */
  reset(): void
  /** Runs when the client is gone or the answer has ended. */
  onGone(work: () => void): void
}

/** A server that speaks HTTP/1.1, 2 and 3 on one port and answers as `script` says. */
export interface ScriptedServer {
  readonly port: number
  readonly certificate: Certificate
}

/** Starts one on loopback; it ends with the test. With `retry` it validates addresses first (RFC 9000 §8.1.2). */
export async function serveScript(
  t: TestContext,
  script: (path: string, answer: Answer) => void,
  options: { readonly certificate?: Certificate; readonly retry?: boolean } = {},
): Promise<ScriptedServer> {
  const own = options.certificate ?? (await makeCertificate())
  const server = createSecureServer({
    key: own.key,
    cert: own.cert,
    disableRetry: !options.retry,
    allowHTTP1: true,
  })
  server.on('session', (session) => session.on('error', () => {}))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    let status = 200
    const added: Record<string, string> = {}
    let sent = false
    const respond = () => {
      if (!sent) stream.respond({ ':status': String(status), ...added })
      sent = true
    }
    script(String(headers[':path']), {
      status(code) {
        status = code
      },
      header(name, value) {
        added[name] = value
      },
      write(bytes) {
        respond()
        return !stream.destroyed && stream.write(Buffer.from(bytes))
      },
      onDrain: (work) => stream.once('drain', work),
      end() {
        respond()
        stream.end()
      },
      reset() {
        respond()
        stream.close(0x102)
      },
      onGone: (work) => stream.on('close', work),
    })
  })
  server.on('request', (request, response) => {
    if (request.httpVersionMajor !== 1) return
    response.on('error', () => {})
    // Otherwise the first bytes of a body wait for the answer's head to be acknowledged, 40 ms later.
    request.socket.setNoDelay(true)
    script(request.url ?? '/', {
      status(code) {
        response.statusCode = code
      },
      header: (name, value) => void response.setHeader(name, value),
      write: (bytes) => response.write(bytes),
      onDrain: (work) => response.once('drain', work),
      end: () => void response.end(),
      reset: () => void response.socket?.destroy(),
      onGone: (work) => response.on('close', work),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // An HTTP/2 client that leaves in the middle of a flood keeps the library's server from ever being closed.
  t.after(() => Promise.race([server.close(), sleep(CLOSING_MS, null, { ref: false })]))
  return { port: server.address()?.port ?? 0, certificate: own }
}

/** A TCP port on loopback that nobody listens on, as far as anybody can know. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

const CLOSING_MS = 1_000
