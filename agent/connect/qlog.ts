import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { punchHole } from '../net/punch.ts'
import type { PathFigures } from './connection.ts'
import { type EarlyEnd, type HandshakeLog, readEarlyEnd, readHandshake } from './handshake_log.ts'
import { QlogFigures } from './qlog_figures.ts'

/** A handshake is logged in about 6 KiB. */
const HANDSHAKE_BYTES = 64 * 1024
/** In memory where the system has such a folder: a run of 20 s at 2 Mbit/s writes about 1 MB. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const PREFIX = 'streamgauge-qlog-'
/** With more than this unread, it is read on: less than a hundred megabits of media. */
const FOLLOW_BYTES = 2 * 1024 * 1024
const FOLLOW_MS = 1_000
const PIECE_BYTES = 256 * 1024

/** Removes the logs of agents that were killed: they stand in memory, and nobody else would. */
export function sweepQlogs(): void {
  for (const name of readdirSync(BASE).filter((entry) => entry.startsWith(PREFIX))) {
    const owner = Number.parseInt(name.slice(PREFIX.length), 10)
    if (Number.isInteger(owner) && !isRunning(owner))
      rmSync(join(BASE, name), { recursive: true, force: true })
  }
}

/** Signal 0 asks without sending; a process of another user answers EPERM, and is there. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * The qlog of one QUIC session (draft-ietf-quic-qlog-main-schema, quiche's dialect), written by the engine as packets
 * go by. It is the lowest point that can be reached: what the engine tells of itself leaves out when it really began,
 * and everything about loss.
 */
export class Qlog {
  readonly folder: string
  readonly #figures = new QlogFigures()
  #timer: NodeJS.Timeout | null = null
  #reading: Promise<void> | null = null
  #read_bytes = 0
  #rest = ''

  /** Makes a folder for one session. @throws when there is no room for one */
  constructor() {
    this.folder = mkdtempSync(join(BASE, `${PREFIX}${process.pid}-`))
  }

  /** Reads what is there of the handshake; `null`: the log does not reach its end. */
  handshake(): HandshakeLog | null {
    return readHandshake(this.#head())
  }

  /** Reads how far a handshake came that is not done. */
  earlyEnd(): EarlyEnd {
    return readEarlyEnd(this.#head())
  }

  /** Reads on while the run lasts, so that a long or fast one does not fill the memory with what has been read. */
  follow(): void {
    this.#timer ??= setInterval(() => {
      if (this.#size() - this.#read_bytes > FOLLOW_BYTES) void this.#readOn().catch(() => {})
    }, FOLLOW_MS)
    this.#timer.unref()
  }

  /** What the whole log says of the path. Asked for once, when the engine has written its last line. */
  async figures(): Promise<PathFigures> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#reading
    await this.#readOn()
    if (this.#rest !== '') this.#figures.note(this.#rest)
    return this.#figures.figures
  }

  /** Removes the log. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Reads to the end, in pieces, so that other runs are not held up; one reader at a time. */
  #readOn(): Promise<void> {
    this.#reading ??= this.#pieces().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #pieces(): Promise<void> {
    const file = this.#file()
    if (file === null) return
    const handle = await open(file, 'r+')
    const buffer = Buffer.alloc(PIECE_BYTES)
    try {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES, this.#read_bytes)
        if (bytesRead === 0) return
        const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
        this.#rest = lines.pop() ?? ''
        for (const line of lines) this.#figures.note(line)
        this.#read_bytes += bytesRead
        punchHole(handle.fd, HANDSHAKE_BYTES, this.#read_bytes)
      }
    } finally {
      await handle.close()
    }
  }

  #size(): number {
    const file = this.#file()
    return file === null ? 0 : statSync(file).size
  }

  #file(): string | null {
    const name = readdirSync(this.folder).find((entry) => entry.endsWith('.qlog'))
    return name === undefined ? null : join(this.folder, name)
  }

  #head(): string {
    const file = this.#file()
    if (file === null) return ''
    const bytes = Buffer.alloc(HANDSHAKE_BYTES)
    const descriptor = openSync(file, 'r')
    try {
      return bytes.subarray(0, readSync(descriptor, bytes)).toString('latin1')
    } finally {
      closeSync(descriptor)
    }
  }
}
