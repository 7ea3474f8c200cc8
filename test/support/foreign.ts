import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import type { Owner } from './owner.ts'
import { stop } from './process.ts'
import { whereIs } from './tool.ts'

/** A server that was not written here. */
export interface Foreign {
  readonly child: ChildProcess
  /** Temporary, with its configuration and logs. */
  readonly folder: string
  /** What it printed; gone with the folder. */
  readonly output_file: string
}

/**
 * Starts a program in a folder of its own and waits until `ready` says so; both go with their owner.
 * @throws when it ends before it is ready
 */
export async function startForeign(
  owner: Owner,
  program: string,
  options: {
    readonly folder: string
    readonly args: readonly string[]
    readonly env?: Readonly<Record<string, string>>
    readonly ready: () => Promise<boolean>
  },
): Promise<Foreign> {
  const { folder } = options
  const output_file = join(folder, `${program}.out`)
  const output = createWriteStream(output_file)
  const child = spawn(whereIs(program) ?? program, options.args, {
    cwd: folder,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  child.once('close', () => output.end())
  owner.after(() => stop(child, 'SIGTERM'))
  const until = performance.now() + READY_LIMIT_MS
  while (!(await options.ready())) {
    if (child.exitCode !== null)
      throw new Error(`${program} ended with ${child.exitCode}: ${readFileSync(output_file, 'utf8')}`)
    if (performance.now() > until) throw new Error(`${program} was not ready within ${READY_LIMIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { child, folder, output_file }
}

/** A temporary folder that goes with its owner. */
export function aFolder(owner: Owner, prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), `streamgauge-${prefix}-`))
  owner.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Puts a certificate and its key into a folder, as servers want them: `<name>.crt` and `<name>.key`. */
export function storeCertificate(folder: string, name: string, { cert, key }: Certificate): void {
  writeFileSync(join(folder, `${name}.crt`), cert)
  writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 })
}

/** A port of loopback that nobody uses, over TCP nor UDP, as far as anybody can know. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer().listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const address = tcp.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const free = await isFreeOverUdp(port)
    tcp.close()
    await once(tcp, 'close')
    if (free) return port
  }
}

/** Whether something listens on a port of loopback over TCP. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/**
 * Whether a QUIC server is there: one answers a version that nobody speaks with those it speaks (RFC 9000 §6.1). Nothing
 * is bound meanwhile, so it is in nobody's way.
 */
export function answersQuic(port: number): Promise<boolean> {
  const initial = Buffer.alloc(1_200)
  initial.writeUInt8(0xc0)
  initial.writeUInt32BE(0x1a2a3a4a, 1)
  // Connection ids of eight bytes, both.
  initial.writeUInt8(8, 5)
  initial.writeUInt8(8, 14)
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const answer = (there: boolean) => {
      clearTimeout(timer)
      socket.close()
      resolve(there)
    }
    const timer = setTimeout(() => answer(false), 100)
    socket.once('message', () => answer(true)).on('error', () => {})
    socket.send(initial, port, '127.0.0.1')
  })
}

/** Whether a port of loopback is free over UDP. */
async function isFreeOverUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const free = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise<void>((resolve) => socket.close(() => resolve()))
  return free
}

const READY_LIMIT_MS = 20_000
