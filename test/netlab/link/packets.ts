import { MTU_BYTES } from './settings.ts'

/** How many packets one direction of a link holds, waiting and under way together: 25 MB. */
export const HELD_PACKETS_MAX = 16_384

const SLAB_SLOTS = 256

/**
 * The packets one direction holds, in numbered slots. Memory grows by slabs up to `HELD_PACKETS_MAX` packets and is
 * then used again, so that the relay makes no garbage.
 */
export class Packets {
  readonly length_bytes = new Uint16Array(HELD_PACKETS_MAX)
  readonly lost = new Uint8Array(HELD_PACKETS_MAX)
  /** When a packet under way arrives. */
  readonly due_ms = new Float64Array(HELD_PACKETS_MAX)
  /** In which order packets set out. */
  readonly order = new Float64Array(HELD_PACKETS_MAX)
  /** The packet behind this one in a queue. */
  readonly behind = new Int32Array(HELD_PACKETS_MAX)
  readonly #bytes: Uint8Array[] = []
  readonly #free: number[] = []

  /** A free slot; `null`: as many packets are held as may be. */
  take(): number | null {
    if (this.#free.length === 0 && this.#bytes.length < HELD_PACKETS_MAX) this.#grow()
    return this.#free.pop() ?? null
  }

  /** The room of a slot. */
  bytes(slot: number): Uint8Array {
    const bytes = this.#bytes[slot]
    if (bytes === undefined) throw new RangeError(`no slot ${slot}`)
    return bytes
  }

  give(slot: number): void {
    this.#free.push(slot)
  }

  #grow(): void {
    const slab = new ArrayBuffer(SLAB_SLOTS * MTU_BYTES)
    for (let i = 0; i < SLAB_SLOTS; i++) {
      this.#free.push(this.#bytes.length)
      this.#bytes.push(new Uint8Array(slab, i * MTU_BYTES, MTU_BYTES))
    }
  }
}
