import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const COLLECTOR = fileURLToPath(new URL('../../collector/main.ts', import.meta.url))

/** A collector process of a test. */
export interface Running {
  readonly child: ChildProcess
  /** What it wrote so far, both streams. */
  readonly output: () => string
  /** Resolves to the port when it says it is ready; rejects when it ends before. */
  readonly ready: Promise<number>
  /** Resolves to the exit code, or the signal. */
  readonly ended: Promise<number | string>
}

/** Runs a subcommand of the collector as a process, with nothing of the environment but `env`; killed after the test. */
export function runCollector(t: TestContext, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [COLLECTOR, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const ready = new Promise<number>((resolve, reject) => {
    child.on('message', (message: { port?: number }) => message.port && resolve(message.port))
    child.on('close', () => reject(new Error(output)))
  })
  ready.catch(() => {})
  return { child, output: () => output, ready, ended }
}

/** A port of 127.0.0.1 that something listens on until the test ends. */
export async function takenPort(t: TestContext): Promise<number> {
  const server = createServer()
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server)
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}
