import type { StallMsByPolicy } from '@streamgauge/contract'
import type { Draws } from '../random.ts'
import type { Side } from '../world/plan.ts'
import { arrivalsOf } from './arrivals.ts'
import { capacityOf } from './capacity.ts'
import type { Conditions } from './conditions.ts'
import { rounded } from './figures.ts'
import { type Playback, playThrough } from './playback.ts'

/** The deadline of a simulated run, and what its player wants before it starts or goes on. */
export const RUN_MS = 10_000
export const POLICY_MS = 1_000

/** What came of pulling and playing, from the first byte of the answer on. Numbers as the record has them. */
export interface Streaming {
  readonly key_frame_wait_ms: number
  readonly first_frame_ms: number | null
  readonly startup_ms: number | null
  readonly played_ms: number | null
  readonly stall_ms: number | null
  readonly stall_count: number | null
  readonly stall_max_ms: number | null
  readonly stalls: { readonly at_ms: number; readonly length_ms: number }[]
  readonly stall_ms_by_policy: StallMsByPolicy
  readonly live_latency_ms: number | null
  readonly buffer_series_ms: number[]
  readonly bytes: number
  readonly media_ms: number
  readonly media_bitrate_bps: number | null
  readonly throughput_bps: number | null
  readonly throughput_series_bps: number[]
}

/** Bytes are counted as packets are read; so many are in one. */
export const PACKET_BYTES = 1_350
/** Round trips until a key frame is through: congestion windows begin with 10 packets over TCP, with 32 over QUIC. */
const ROUNDS = { tcp: 2, quic: 1 } as const
const KEY_FRAME_PACKETS = 50
/** What encoding and packaging takes before anything can be pulled. */
const PACKAGING_MS = { flv: 900, hls: 2_400, 'll-hls': 1_100 } as const

/** Of a run that got no media. */
export const NOTHING_PLAYED = {
  key_frame_wait_ms: null,
  first_frame_ms: null,
  startup_ms: null,
  played_ms: null,
  stall_ms: null,
  stall_count: null,
  stall_max_ms: null,
  stalls: [],
  stall_ms_by_policy: { '500': null, '1000': null, '2000': null, '3000': null, '6000': null },
  live_latency_ms: null,
  buffer_series_ms: [],
  bytes: null,
  media_ms: null,
  media_bitrate_bps: null,
  throughput_bps: null,
  throughput_series_bps: [],
}

/** Pulls until `endMs`; `firstByteMs` is when the answer began, after the start of the run. */
export function streamingOf(
  { target }: Side,
  conditions: Conditions,
  firstByteMs: number,
  endMs: number,
  draws: Draws,
): Streaming {
  const { transport, stream, node } = target
  const { rtt_ms: rtt, loss_ratio: loss, crowd } = conditions
  const capacity = capacityOf(transport, node.congestion, conditions)
  const speed = Math.min(25, (capacity / stream.bitrate_bps) * draws.between(0.75, 1.25))
  const ready = readyMs(stream.format, draws.next())
  // Playlists come first, each a round trip.
  const asked = stream.format === 'flv' ? 0.2 + draws.next() : 2 * rtt + 3 * draws.next() + 2
  const lostInFlight = draws.next() < Math.min(0.95, KEY_FRAME_PACKETS * loss) ? 1 : 0
  const flights = (ROUNDS[transport] + lostInFlight) * rtt
  const firstFrame = firstByteMs + asked + flights + (KEY_FRAME_PACKETS * 12_000_000) / capacity
  const hiccups = draws.next() < (transport === 'tcp' ? 1 : 0.75) * (0.012 + 0.05 * crowd)
  const flow = {
    first_byte_ms: firstByteMs,
    first_frame_ms: firstFrame,
    end_ms: endMs,
    ahead_ms: ready,
    speed,
    swing: Math.min(0.6, 0.08 + 12 * loss),
    hiccup_s: 2 + Math.floor(draws.next() * 6),
    hiccup_count: hiccups ? 1 + Math.floor(draws.next() * (transport === 'tcp' ? 3 : 2.5)) : 0,
    hiccup_speed: 0.4 * draws.next(),
  }
  const arrivals = arrivalsOf(flow, draws)
  const media = arrivals.media_ms.at(-1) ?? 0
  const played = playThrough(arrivals, POLICY_MS)
  const series = bytesPerSecond(arrivals, stream.bitrate_bps, draws)
  const bytes = series.reduce((sum, count) => sum + count, 0)
  const span = endMs - firstByteMs
  const shown = playbackOf(played, endMs)
  const live = ready + (endMs - firstByteMs) - (shown.played_ms ?? 0)
  const dated = stream.format !== 'flv' && played.startup_ms !== null
  return {
    key_frame_wait_ms: rounded(asked),
    first_frame_ms: firstFrame < endMs ? rounded(firstFrame) : null,
    startup_ms: shown.startup_ms,
    played_ms: shown.played_ms,
    stall_ms: shown.stall_ms,
    stall_count: shown.stall_count,
    stall_max_ms: shown.stall_max_ms,
    stalls: shown.stalls,
    buffer_series_ms: shown.buffer_series_ms,
    stall_ms_by_policy: {
      '500': stalledWith(arrivals, 500),
      '1000': shown.stall_ms,
      '2000': stalledWith(arrivals, 2_000),
      '3000': stalledWith(arrivals, 3_000),
      '6000': stalledWith(arrivals, 6_000),
    },
    live_latency_ms: dated ? rounded(PACKAGING_MS[stream.format] + live) : null,
    bytes,
    media_ms: rounded(media),
    media_bitrate_bps: media > 0 ? Math.round((bytes * 8_000) / media) : null,
    throughput_bps: span > 0 && bytes > 0 ? Math.round((bytes * 8_000) / span) : null,
    throughput_series_bps: series.map((count) => count * 8),
  }
}

/** What of the group of pictures, or of the playlist, is there for a new viewer, in ms of media. */
function readyMs(format: Side['target']['stream']['format'], draw: number): number {
  if (format === 'flv') return 40 * Math.floor(1 + 50 * draw)
  return format === 'hls' ? 4_000 + 40 * Math.floor(50 * draw) : 960 + 40 * Math.floor(9 * draw)
}

function playbackOf({ startup_ms, stalls, stall_ms, buffer_series_ms }: Playback, endMs: number) {
  const levels = buffer_series_ms.map(rounded)
  if (startup_ms === null) {
    const nothing = { startup_ms, played_ms: null, stall_ms: null, stall_count: null, stall_max_ms: null }
    return { ...nothing, stalls: [], buffer_series_ms: levels }
  }
  const startup = rounded(startup_ms)
  const stalled = rounded(stall_ms)
  return {
    startup_ms: startup,
    played_ms: rounded(endMs - startup - stalled),
    stall_ms: stalled,
    stall_count: stalls.length,
    stall_max_ms: rounded(stalls.reduce((most, { length_ms }) => Math.max(most, length_ms), 0)),
    stalls: stalls.map(({ at_ms, length_ms }) => ({ at_ms: rounded(at_ms), length_ms: rounded(length_ms) })),
    buffer_series_ms: levels,
  }
}

function stalledWith(arrivals: Parameters<typeof playThrough>[0], bufferMs: number): number | null {
  const { startup_ms, stall_ms } = playThrough(arrivals, bufferMs)
  return startup_ms === null ? null : rounded(stall_ms)
}

/** Bytes that came in each second: the media's, in whole packets, a few more or fewer. Takes a draw for each second. */
function bytesPerSecond(
  { at_ms, media_ms }: Parameters<typeof playThrough>[0],
  bitrate_bps: number,
  draws: Draws,
): number[] {
  const counts: number[] = []
  let before = 0
  for (let index = 1; index < at_ms.length; index++) {
    const at = at_ms[index] ?? 0
    if (at % 1_000 !== 0 && index < at_ms.length - 1) continue
    const media = media_ms[index] ?? 0
    const packets = ((media - before) * bitrate_bps * draws.between(0.97, 1.03)) / (8_000 * PACKET_BYTES)
    counts.push(Math.round(packets) * PACKET_BYTES)
    before = media
  }
  return counts
}
