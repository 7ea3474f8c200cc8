import type { PathFigures } from './connection.ts'
import { PacketLoss } from './packet_loss.ts'

/** What a qlog says of the path, line by line. */
export class QlogFigures {
  readonly #loss = new PacketLoss()
  #lines = 0
  #lost_count = 0
  #rtt_ms: number | null = null
  #rtt_min_ms: number | null = null
  #rtt_var_ms: number | null = null

  /** Takes one line; cheap, for there are a thousand a second. */
  note(line: string): void {
    this.#lines++
    if (line.includes('"quic:packet_received"')) this.#loss.note(line)
    else if (line.includes('"quic:recovery_metrics_updated"')) this.#metrics(line)
  }

  get figures(): PathFigures {
    return {
      rtt_ms: this.#rtt_ms,
      rtt_min_ms: this.#rtt_min_ms,
      rtt_var_ms: this.#rtt_var_ms,
      // Packets of ours the engine gave up on.
      retransmit_count: this.#lines === 0 ? null : this.#lost_count,
      loss_ratio: this.#loss.ratio,
      out_of_order_count: null,
      // quiche neither marks packets nor reads marks.
      ecn: null,
    }
  }

  #metrics(line: string): void {
    const latest = numberIn(line, 'latest_rtt')
    this.#rtt_ms = numberIn(line, 'smoothed_rtt') ?? this.#rtt_ms
    this.#rtt_var_ms = numberIn(line, 'rtt_variance') ?? this.#rtt_var_ms
    // The engine's own minimum starts at a guess of 333 ms.
    if (latest !== null) this.#rtt_min_ms = Math.min(latest, this.#rtt_min_ms ?? latest)
    const lost = /"cf_lost_packets":\{"total":(\d+)/.exec(line)
    if (lost !== null) this.#lost_count = Number(lost[1])
  }
}

function numberIn(line: string, name: string): number | null {
  const at = line.indexOf(`"${name}":`)
  if (at < 0) return null
  const value = Number.parseFloat(line.slice(at + name.length + 3, at + name.length + 23))
  return Number.isFinite(value) ? value : null
}
