import { setTimeout as sleep } from 'node:timers/promises'
import { parse, type types } from 'hls-parser'
import { MediaError } from '../media/error.ts'
import { TsDemuxer } from '../media/ts.ts'
import { ProbeFailure } from '../probe/failure.ts'
import type { Pull } from './pull.ts'

/** A playlist of more than this is an attack: 1 MiB lists ten hours of two-second segments. */
const LARGEST_PLAYLIST_BYTES = 1024 * 1024
/** RFC 8216 §6.3.3: begin no nearer to the end than three target durations. */
const START_BEHIND_SEGMENTS = 3
/** A player stops fetching when it holds this much ahead. */
const BUFFER_AHEAD_MS = 30_000
/** Segments that may be gone (404, 410) in a row before the stream counts as broken: the window slid past a slow path. */
const LOST_SEGMENTS_MAX = 3

/** HLS with MPEG-TS segments over one connection: the playlist again and again, each segment once. */
export async function pullHls(pull: Pull): Promise<void> {
  const demuxer = new TsDemuxer(pull.run.media)
  let lost = 0
  let next: number | null = null
  let url = pull.url

  for (;;) {
    const asked = pull.run.now()
    const playlist = await loadPlaylist(pull, url)
    if (playlist.isMasterPlaylist) {
      url = variantOf(playlist as types.MasterPlaylist, url)
      continue
    }
    const media = playlist as types.MediaPlaylist
    const first = media.mediaSequenceBase ?? 0
    const start: number = next ?? first + Math.max(0, media.segments.length - START_BEHIND_SEGMENTS)
    // Fell behind the window: what is gone is gone.
    next = Math.max(start, first)
    const before = next
    for (const segment of media.segments.filter((one) => one.mediaSequenceNumber >= before)) {
      next = segment.mediaSequenceNumber + 1
      if (await pullSegment(pull, segment, url, demuxer)) lost = 0
      else if (++lost >= LOST_SEGMENTS_MAX)
        throw new ProbeFailure('HTTP_STATUS', 'target', `${lost} listed segments in a row were not there`)
      await leaveRoom(pull)
    }
    if (media.endlist)
      throw new ProbeFailure(
        'STALLED_OUT',
        'target',
        `the live stream ended after ${Math.round(pull.run.media_ms)} ms of media`,
      )
    // RFC 8216 §6.3.4: a target duration after a playlist that changed, half of it after one that did not.
    const pause = media.targetDuration * (next > before ? 1_000 : 500)
    await sleep(Math.max(0, asked + pause - pull.run.now()), null, { signal: pull.signal })
  }
}

async function loadPlaylist(pull: Pull, url: URL): Promise<types.Playlist> {
  const chunks: Uint8Array[] = []
  let length = 0
  await pull.get(url, (bytes) => {
    length += bytes.length
    if (length > LARGEST_PLAYLIST_BYTES)
      throw new MediaError(`a playlist of more than ${LARGEST_PLAYLIST_BYTES} bytes`)
    chunks.push(bytes)
  })
  if (length === 0) throw new ProbeFailure('MEDIA_EMPTY', 'target', 'an empty playlist')
  try {
    return parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new MediaError(`not a playlist: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** The first variant listed is the one a player starts with (RFC 8216 §6.2.4). */
function variantOf(master: types.MasterPlaylist, base: URL): URL {
  const variant = master.variants[0]
  if (variant === undefined) throw new MediaError('a master playlist without variants')
  return sameOrigin(variant.uri, base)
}

/** @returns whether the segment was there */
async function pullSegment(
  pull: Pull,
  segment: types.Segment,
  base: URL,
  demuxer: TsDemuxer,
): Promise<boolean> {
  if (segment.map) throw new MediaError('fragmented MP4 segments: this agent plays MPEG-TS')
  if (segment.key && segment.key.method !== 'NONE')
    throw new MediaError(`segments encrypted with ${segment.key.method}`)
  const { run } = pull
  if (segment.programDateTime && run.madeAt === null)
    run.madeAt = { media_ms: run.media_ms, epoch_ms: segment.programDateTime.getTime() }
  try {
    await pull.get(sameOrigin(segment.uri, base), (bytes, at) => demuxer.push(bytes, at))
  } catch (error) {
    const gone = error instanceof ProbeFailure && error.code === 'HTTP_STATUS' && run.media_ms > 0
    if (!gone) throw error
    return false
  }
  demuxer.end()
  return true
}

/** Waits while the player would hold more than it wants. */
async function leaveRoom(pull: Pull): Promise<void> {
  const ahead = pull.run.media_ms - pull.run.now()
  if (ahead > BUFFER_AHEAD_MS) await sleep(ahead - BUFFER_AHEAD_MS, null, { signal: pull.signal })
}

/** A run measures one node over one connection; a stream spread over several hosts is several targets. */
function sameOrigin(uri: string, base: URL): URL {
  let url: URL
  try {
    url = new URL(uri, base)
  } catch (error) {
    throw new MediaError(`a playlist that names ${uri.slice(0, 200)}`, { cause: error })
  }
  if (url.origin !== base.origin)
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', `the playlist leads to another host, ${url.host}`)
  return url
}
