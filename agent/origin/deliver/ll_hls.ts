import { PART_TARGET_MS } from '../clip/clip.ts'
import type { LowLatencyTrack, PartedSegment } from '../low_latency.ts'
import type { Reply } from '../reply.ts'
import { WINDOW_SEGMENTS } from '../source.ts'
import { body, file, plain } from './answer.ts'
import { awaitedBy, type GivenUp, whenMade } from './blocking.ts'

type Headers = Readonly<Record<string, string>>

/** Parts are listed until they are three target durations from the end (RFC 8216bis, 6.2.2). */
const SEGMENTS_WITH_PARTS = 3
/** How far from the end a low-latency player stays, in parts; three is what the standard recommends. */
const HOLD_BACK_PARTS = 3
/** How far from the end any other player stays, in segments (RFC 8216bis, 4.4.3.8). */
const HOLD_BACK_SEGMENTS = 3
const MEDIA = { 'content-type': 'video/mp4', 'cache-control': 'max-age=60' }

/** The low-latency playlist, once it contains what the query waits for (RFC 8216bis, 6.2.5.2). */
export function serveLowLatencyPlaylist(
  reply: Reply,
  stream: string,
  track: LowLatencyTrack,
  query: string,
  headers: Headers,
): void {
  const awaited = awaitedBy(query, track)
  const send = (givenUp: GivenUp | null) => {
    if (givenUp !== null) return sorry(reply, headers, givenUp)
    const type = { 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': 'no-cache' }
    body(reply, 200, { ...headers, ...type }, Buffer.from(lowLatencyPlaylistOf(stream, track)))
  }
  if (awaited === null) send(null)
  else if ('code' in awaited) plain(reply, awaited.status, headers, `${awaited.code}: ${awaited.why}\n`)
  else whenMade(awaited, reply, track, send)
}

/**
 * The init segment, a segment or a part: `init.mp4`, `12.m4s`, `12.0.m4s`. The part that comes next, which the
 * playlist hints at, is answered once it is there.
 * @returns whether there is such a file
 */
export function serveLowLatencyFile(
  reply: Reply,
  name: string,
  track: LowLatencyTrack,
  headers: Headers,
): boolean {
  const send = (bytes: Buffer) => file(reply, { ...headers, ...MEDIA }, bytes)
  if (name === 'init.mp4') {
    send(track.init)
    return true
  }
  const [, sequence = '', part] = /^(\d{1,15})(?:\.(\d{1,3}))?\.m4s$/.exec(name) ?? []
  if (sequence === '') return false
  if (part === undefined) {
    const segment = track.segment(Number(sequence))
    if (segment !== null) send(segment.bytes)
    return segment !== null
  }
  const at = { sequence: Number(sequence), part: Number(part) }
  const { next } = track
  const hinted = at.sequence === next.sequence && at.part === next.part
  if (!hinted && track.part(at) === null) return false
  whenMade(at, reply, track, (givenUp) => {
    const made = track.part(at)
    if (givenUp === null && made !== null) send(made.bytes)
    else sorry(reply, headers, givenUp ?? 'STREAM_ENDED')
  })
  return true
}

/** The playlist as it is now (RFC 8216bis); a player that knows nothing of parts finds plain HLS in it. */
export function lowLatencyPlaylistOf(stream: string, track: LowLatencyTrack): string {
  const { open, next, segments } = track
  const window = segments.slice(-WINDOW_SEGMENTS)
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${Math.ceil(track.segment_ms / 1_000)}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(HOLD_BACK_PARTS * PART_TARGET_MS)},HOLD-BACK=${seconds(HOLD_BACK_SEGMENTS * track.segment_ms)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(PART_TARGET_MS)}`,
    `#EXT-X-MEDIA-SEQUENCE:${window[0]?.sequence ?? 0}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-MAP:URI="${stream}/init.mp4"`,
  ]
  for (const segment of window) {
    lines.push(dateOf(segment))
    if (segment.sequence >= open.sequence - SEGMENTS_WITH_PARTS) lines.push(...partsOf(stream, segment))
    lines.push(`#EXTINF:${seconds(segment.duration_ms)},`, `${stream}/${segment.sequence}.m4s`)
  }
  if (open.parts.length > 0) lines.push(dateOf(open), ...partsOf(stream, open))
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${stream}/${next.sequence}.${next.part}.m4s"`)
  return `${lines.join('\n')}\n`
}

function dateOf(segment: PartedSegment): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.made_epoch_ms).toISOString()}`
}

function partsOf(stream: string, segment: PartedSegment): string[] {
  return segment.parts.map(
    (part, i) =>
      `#EXT-X-PART:DURATION=${seconds(part.duration_ms)},URI="${stream}/${segment.sequence}.${i}.m4s"${part.independent ? ',INDEPENDENT=YES' : ''}`,
  )
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

function sorry(reply: Reply, headers: Headers, code: GivenUp): void {
  plain(reply, 503, { ...headers, 'retry-after': '1' }, `${code}\n`)
}
