import { Flight } from './flight.ts'
import { gilbert, type Loss } from './loss.ts'
import { isMulticast, isUdp } from './packet.ts'
import { Packets } from './packets.ts'
import { type Random, seeded } from './random.ts'
import { type DirectionSettings, queueBytes } from './settings.ts'

/** What has become of the packets of one direction: `in = lost + dropped + blocked + delivered + held`. */
export interface Counters {
  readonly in_count: number
  /** By the loss model. */
  readonly lost_count: number
  /** By the full queue. */
  readonly dropped_count: number
  /** By an outage, by `drop_udp`, or because the far end is down. */
  readonly blocked_count: number
  readonly delivered_count: number
  /** Delivered, IP headers included. */
  readonly delivered_bytes: number
  /** Waiting or under way now. */
  readonly held_count: number
  /** The longest a packet was handed over after its time: what this machine adds to the delay asked for, at worst. */
  readonly late_max_ms: number
}

/** Hands a packet to the far end; `false`: the far end is down. */
export type Deliver = (packet: Uint8Array, length_bytes: number) => boolean

/**
 * One direction of a link. A packet goes through, in this order: outage and `drop_udp`; the loss model, which marks it;
 * the queue and the rate; the delay. A packet marked as lost still takes its place in the queue and its time on the
 * wire, as one does that is lost behind the bottleneck. The clock is handed in.
 */
export class Direction {
  readonly packets = new Packets()
  readonly #flight = new Flight(this.packets)
  readonly #deliver: Deliver
  readonly #loss: Loss
  readonly #jitter: Random
  #settings: DirectionSettings
  #limit_bytes: number
  #first = -1
  #last = -1
  #queued_count = 0
  #queued_bytes = 0
  /** When the first packet of the queue has been sent. */
  #sent_ms = 0
  #order = 0
  #latest_due_ms = 0
  #count = { in: 0, lost: 0, dropped: 0, blocked: 0, delivered: 0, delivered_bytes: 0, late_max_ms: 0 }

  constructor(settings: DirectionSettings, deliver: Deliver, seed: number, stream: number) {
    this.#settings = settings
    this.#limit_bytes = queueBytes(settings)
    this.#deliver = deliver
    this.#loss = gilbert(seeded(seed, 2 * stream))
    this.#jitter = seeded(seed, 2 * stream + 1)
  }

  /** From now on; packets under way keep their delay, the one being sent keeps its rate. */
  change(settings: DirectionSettings, now_ms: number): void {
    this.advance(now_ms)
    this.#settings = settings
    this.#limit_bytes = queueBytes(settings)
    this.advance(now_ms)
  }

  /** Takes in the packet in `slot`, which this direction then owns. */
  offer(slot: number, length_bytes: number, now_ms: number): void {
    const packet = this.packets.bytes(slot)
    // What the kernel says of its own accord (MLD, IGMP) is not traffic.
    if (isMulticast(packet, length_bytes)) {
      this.packets.give(slot)
      return
    }
    this.#count.in++
    const { outage, drop_udp, loss_ratio, loss_burst_count, rate_bps } = this.#settings
    if (outage || (drop_udp && isUdp(packet, length_bytes))) {
      this.#count.blocked++
      this.packets.give(slot)
      return
    }
    this.packets.length_bytes[slot] = length_bytes
    this.packets.lost[slot] = this.#loss(loss_ratio, loss_burst_count) ? 1 : 0
    if (rate_bps === null && this.#queued_count === 0) this.#setOut(slot, now_ms)
    else if (this.#queued_bytes + length_bytes <= this.#limit_bytes) this.#enqueue(slot, length_bytes, now_ms)
    else {
      this.#count.dropped++
      this.packets.give(slot)
    }
  }

  /** A packet came when as many were held as may be. */
  overflow(): void {
    this.#count.in++
    this.#count.dropped++
  }

  /** Sends and delivers what is due. */
  advance(now_ms: number): void {
    while (this.#queued_count > 0 && this.#sent_ms <= now_ms) this.#dequeue()
    while (this.#flight.nextMs() <= now_ms) this.#arrive(now_ms)
  }

  /** When there will be something to do; `Infinity`: not before the next packet. */
  nextMs(): number {
    const arrival_ms = this.#flight.nextMs()
    return this.#queued_count === 0 ? arrival_ms : Math.min(arrival_ms, this.#sent_ms)
  }

  counters(): Counters {
    const { in: in_count, lost, dropped, blocked, delivered, delivered_bytes, late_max_ms } = this.#count
    return {
      in_count,
      lost_count: lost,
      dropped_count: dropped,
      blocked_count: blocked,
      delivered_count: delivered,
      delivered_bytes,
      held_count: this.#queued_count + this.#flight.size,
      late_max_ms,
    }
  }

  #enqueue(slot: number, length_bytes: number, now_ms: number): void {
    if (this.#queued_count === 0) {
      this.#first = slot
      this.#sent_ms = now_ms + this.#sendingMs(length_bytes)
    } else this.packets.behind[this.#last] = slot
    this.#last = slot
    this.#queued_count++
    this.#queued_bytes += length_bytes
  }

  #dequeue(): void {
    const slot = this.#first
    const sent_ms = this.#sent_ms
    this.#queued_count--
    this.#queued_bytes -= this.packets.length_bytes[slot] ?? 0
    if (this.#queued_count > 0) {
      this.#first = this.packets.behind[slot] ?? -1
      this.#sent_ms = sent_ms + this.#sendingMs(this.packets.length_bytes[this.#first] ?? 0)
    }
    this.#setOut(slot, sent_ms)
  }

  #sendingMs(length_bytes: number): number {
    const { rate_bps } = this.#settings
    return rate_bps === null ? 0 : (length_bytes * 8_000) / rate_bps
  }

  #setOut(slot: number, at_ms: number): void {
    // Drawn for lost packets too: the jitter of one packet does not depend on the loss of another.
    const draw = this.#jitter()
    if (this.packets.lost[slot] === 1) {
      this.#count.lost++
      this.packets.give(slot)
      return
    }
    const { delay_ms, jitter_ms, reorder } = this.#settings
    const due_ms = at_ms + delay_ms + jitter_ms * (2 * draw - 1)
    this.#latest_due_ms = Math.max(due_ms, this.#latest_due_ms)
    this.packets.due_ms[slot] = reorder ? due_ms : this.#latest_due_ms
    this.packets.order[slot] = this.#order++
    this.#flight.add(slot)
  }

  #arrive(now_ms: number): void {
    const slot = this.#flight.take()
    if (slot === null) return
    const late_ms = now_ms - (this.packets.due_ms[slot] ?? now_ms)
    this.#count.late_max_ms = Math.max(this.#count.late_max_ms, late_ms)
    const length_bytes = this.packets.length_bytes[slot] ?? 0
    if (this.#deliver(this.packets.bytes(slot), length_bytes)) {
      this.#count.delivered++
      this.#count.delivered_bytes += length_bytes
    } else this.#count.blocked++
    this.packets.give(slot)
  }
}
