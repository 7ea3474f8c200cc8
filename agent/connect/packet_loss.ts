/** Gaps that a late packet may still turn out to close. */
const GAPS_MAX_COUNT = 256

interface Gap {
  readonly from: number
  readonly to: number
  lost: number
}

/**
 * How many of the server's packets never arrived, from what did. A gap in packet numbers alone is no loss: servers
 * leave numbers out on purpose, some one in thirty (RFC 9000 §21.4 wants it against forged acknowledgements). What
 * was in a lost packet is missing from the stream, so a gap counts when the next packet's bytes begin beyond the last
 * ones, and for as many packets as would have carried them. Packets without stream data are not looked at, and a
 * repeat that is lost again is not seen: with 2 % loss, one in fifty.
 */
export class PacketLoss {
  readonly #ends = new Map<number, number>()
  readonly #gaps: Gap[] = []
  #highest: number | null = null
  #largest = 1
  #data = 0
  #lost = 0

  /** Share of packets with stream data that never arrived; `null`: there were none. */
  get ratio(): number | null {
    return this.#data === 0 ? null : this.#lost / (this.#data + this.#lost)
  }

  /**
   * Takes one `quic:packet_received` line of a qlog:
   * `..."packet_type":"1RTT","packet_number":7},..."frame_type":"stream","stream_id":0,"offset":1250,"raw":{"payload_length":1250}...`
   */
  note(line: string): void {
    const found = /"packet_type":"1RTT","packet_number":(\d+)/.exec(line)
    if (found === null) return
    const packet = Number(found[1])
    const missing = this.#streams(line)
    const before = this.#highest ?? packet - 1
    if (packet > before) {
      this.#highest = packet
      if (packet > before + 1 && missing > 0) this.#open(before + 1, packet - 1, missing)
    } else this.#late(packet)
  }

  /** Takes what the packet carried; returns how many bytes before it have not come. */
  #streams(line: string): number {
    let missing = 0
    let carried = 0
    const frames = /"frame_type":"stream","stream_id":(\d+),"offset":(\d+),[^}]*?"payload_length":(\d+)/g
    for (const [, id, from, length] of line.matchAll(frames)) {
      const [stream, offset, bytes] = [Number(id), Number(from), Number(length)]
      const end = this.#ends.get(stream) ?? 0
      missing += Math.max(0, offset - end)
      this.#ends.set(stream, Math.max(end, offset + bytes))
      carried += bytes
    }
    if (carried > 0) this.#data++
    this.#largest = Math.max(this.#largest, carried)
    return missing
  }

  #open(from: number, to: number, missingBytes: number): void {
    const lost = Math.min(to - from + 1, Math.ceil(missingBytes / this.#largest))
    this.#lost += lost
    this.#gaps.push({ from, to, lost })
    if (this.#gaps.length > GAPS_MAX_COUNT) this.#gaps.shift()
  }

  /** It was not lost after all, only overtaken. */
  #late(packet: number): void {
    const gap = this.#gaps.find(({ from, to, lost }) => lost > 0 && packet >= from && packet <= to)
    if (gap === undefined) return
    gap.lost--
    this.#lost--
  }
}
