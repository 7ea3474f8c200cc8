import {
  closeSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { PathFigures } from './connection.ts'
import { type EarlyEnd, type HandshakeLog, readEarlyEnd, readHandshake } from './handshake_log.ts'
import { PacketLoss } from './packet_loss.ts'

/** A handshake is logged in about 6 KiB. */
const HANDSHAKE_BYTES = 64 * 1024
/** In memory where the system has such a folder: a run of 20 s at 2 Mbit/s writes about 1 MB. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const PREFIX = 'streamgauge-qlog-'

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

  /** Reads the whole log, in pieces, so that other runs are not held up. */
  async figures(): Promise<PathFigures> {
    const file = this.#file()
    const seen = { ...UNSEEN }
    const loss = new PacketLoss()
    if (file !== null)
      for await (const line of createInterface({ input: createReadStream(file) })) {
        if (line.includes('"quic:packet_received"')) loss.note(line)
        else note(line, seen)
      }
    return {
      rtt_ms: seen.rtt_ms,
      rtt_min_ms: seen.rtt_min_ms,
      rtt_var_ms: seen.rtt_var_ms,
      retransmit_count: file === null ? null : seen.lost_count,
      out_of_order_count: null,
      // quiche neither marks packets nor reads marks.
      ecn: null,
      loss_ratio: loss.ratio,
    }
  }

  /** Removes the log. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
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

interface Seen {
  /** Packets of ours the engine gave up on. */
  lost_count: number
  rtt_ms: number | null
  rtt_min_ms: number | null
  rtt_var_ms: number | null
}

const UNSEEN: Seen = {
  lost_count: 0,
  rtt_ms: null,
  rtt_min_ms: null,
  rtt_var_ms: null,
}

/** Takes one line of the log; cheap, for there are a thousand a second. */
function note(line: string, seen: Seen): void {
  if (line.includes('"quic:recovery_metrics_updated"')) {
    const latest = numberIn(line, 'latest_rtt')
    seen.rtt_ms = numberIn(line, 'smoothed_rtt') ?? seen.rtt_ms
    seen.rtt_var_ms = numberIn(line, 'rtt_variance') ?? seen.rtt_var_ms
    // The engine's own minimum starts at a guess of 333 ms.
    if (latest !== null) seen.rtt_min_ms = Math.min(latest, seen.rtt_min_ms ?? latest)
    const lost = /"cf_lost_packets":\{"total":(\d+)/.exec(line)
    if (lost !== null) seen.lost_count = Number(lost[1])
  }
}

function numberIn(line: string, name: string): number | null {
  const at = line.indexOf(`"${name}":`)
  if (at < 0) return null
  const value = Number.parseFloat(line.slice(at + name.length + 3, at + name.length + 23))
  return Number.isFinite(value) ? value : null
}
