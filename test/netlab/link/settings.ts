import { LabError } from '../error.ts'

/** The largest IP packet a link carries. */
export const MTU_BYTES = 1_500

/** What one direction of a link does to packets. Sizes and rates are those of IP packets, headers included. */
export interface DirectionSettings {
  /** One way. */
  readonly delay_ms: number
  /** Half the width of a uniform distribution about `delay_ms`: each packet takes `delay_ms ± jitter_ms`. */
  readonly jitter_ms: number
  /**
   * Whether a packet with less delay may overtake one with more. Where not, it waits for the one before it, so packets
   * closer together than the jitter arrive in clumps, and later than `delay_ms` on average.
   */
  readonly reorder: boolean
  /** Share of packets lost in the long run: Gilbert's model, a two-state chain whose bad state loses every packet. */
  readonly loss_ratio: number
  /** Mean length of a run of losses, in packets; `null`: losses are independent, a mean of 1 / (1 - loss_ratio). */
  readonly loss_burst_count: number | null
  /** `null`: as fast as the machine. */
  readonly rate_bps: number | null
  /** What waits for the rate, the packet being sent included; what comes on top is dropped. `null`: 100 ms at the rate. */
  readonly queue_bytes: number | null
  /** Whether nothing gets through. Packets already under way arrive. */
  readonly outage: boolean
  /** Whether UDP is dropped, as some networks do. */
  readonly drop_udp: boolean
}

/** A link that does nothing to packets. */
export const CLEAR: DirectionSettings = {
  delay_ms: 0,
  jitter_ms: 0,
  reorder: false,
  loss_ratio: 0,
  loss_burst_count: null,
  rate_bps: null,
  queue_bytes: null,
  outage: false,
  drop_udp: false,
}

/** How many bytes may wait for the rate; `Infinity` where there is none to wait for. */
export function queueBytes(settings: DirectionSettings): number {
  if (settings.rate_bps === null) return Number.POSITIVE_INFINITY
  return settings.queue_bytes ?? Math.max(10 * MTU_BYTES, (settings.rate_bps / 8) * 0.1)
}

/** `settings` with `change` made. @throws LabError `BAD_LINK` when no link can be like that */
export function changed(settings: DirectionSettings, change: Partial<DirectionSettings>): DirectionSettings {
  const made = { ...settings, ...change }
  for (const name of Object.keys(change))
    if (!Object.hasOwn(CLEAR, name)) throw new LabError('BAD_LINK', `a link has no "${name}"`)
  within('delay_ms', made.delay_ms, 0, 60_000)
  within('jitter_ms', made.jitter_ms, 0, made.delay_ms)
  within('loss_ratio', made.loss_ratio, 0, 0.99)
  if (made.rate_bps !== null) within('rate_bps', made.rate_bps, 1_000, 10_000_000_000)
  if (made.queue_bytes !== null) within('queue_bytes', made.queue_bytes, MTU_BYTES, 16_777_216)
  if (made.loss_burst_count !== null) {
    // Below that, a run of packets let through would have to be shorter than one packet.
    const least = Math.max(1, made.loss_ratio / (1 - made.loss_ratio))
    within('loss_burst_count', made.loss_burst_count, least, 100_000)
  }
  return made
}

function within(name: string, value: number, min: number, max: number): void {
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw new LabError('BAD_LINK', `${name} takes ${min} to ${max}, not ${value}`)
}
