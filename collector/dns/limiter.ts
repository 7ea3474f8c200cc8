import { randomInt } from 'node:crypto'
import { prefixOf } from './subnet.ts'

/** Networks share a place when there are more: what is spent does not grow with who asks. */
const PLACES = 65_536
/** Seconds' worth that may come at once. */
const BURST_S = 2

/**
 * Limits answers over UDP to one network, so that questions in its name, sent by others, do not flood it. Every other answer too many is
 * an empty one that says to come back over TCP, which cannot be forged; the rest is silence.
 */
export class Limiter {
  readonly #perMs: number
  readonly #burst: number
  readonly #left: Float64Array
  readonly #atMs: Float64Array
  readonly #turns = new Uint8Array(PLACES)
  /** Nobody outside knows who shares a place with whom. */
  readonly #seed = randomInt(0x7fff_ffff)

  /** @param perS answers a second to one network; 0: no limit */
  constructor(perS: number) {
    this.#perMs = perS / 1_000
    this.#burst = BURST_S * perS
    this.#left = new Float64Array(PLACES).fill(this.#burst)
    this.#atMs = new Float64Array(PLACES)
  }

  /** What to do about one more from an address, at a monotonic time. */
  take(address: string, nowMs: number): 'answer' | 'truncate' | 'drop' {
    if (this.#perMs === 0) return 'answer'
    const place = this.#placeOf(prefixOf(address))
    const since = nowMs - (this.#atMs[place] ?? 0)
    const left = Math.min(this.#burst, (this.#left[place] ?? 0) + since * this.#perMs)
    this.#atMs[place] = nowMs
    this.#left[place] = left < 1 ? left : left - 1
    if (left >= 1) return 'answer'
    const turn = (this.#turns[place] ?? 0) ^ 1
    this.#turns[place] = turn
    return turn === 1 ? 'truncate' : 'drop'
  }

  /** FNV-1a. */
  #placeOf(prefix: string): number {
    let hash = this.#seed
    for (let at = 0; at < prefix.length; at += 1)
      hash = Math.imul(hash ^ prefix.charCodeAt(at), 0x0100_0193) >>> 0
    return ((hash ^ (hash >>> 16)) >>> 0) % PLACES
  }
}
