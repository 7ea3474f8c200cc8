import { MediaError } from '../media/error.ts'
import { ProbeFailure } from '../probe/failure.ts'
import { type Role, resolved } from './hls/feed.ts'
import { loadPlaylist } from './hls/load.ts'
import { type Answered, Rendition } from './hls/rendition.ts'
import { oneByOne, together } from './hls/schedule.ts'
import type { Pull, Puller } from './pull.ts'
import type { Get } from './request.ts'

/** HLS (RFC 8216) with MPEG-TS or fragmented MP4: the playlist again and again, each segment once. */
export const pullHls: Puller = (pull) => follow(pull, false)

/** Low-latency HLS (rfc8216bis): parts of segments as they are made, by reloads that the server holds back. */
export const pullLowLatencyHls: Puller = (pull) => follow(pull, true)

async function follow(pull: Pull, byParts: boolean): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([pull.signal, over.signal])
  const live: Pull = { ...pull, signal, get: until(signal, pull.get) }
  try {
    const renditions = await open(live, byParts)
    // Another host may speak HTTP/1.1, which takes one request at a time.
    const beside = pull.multiplexes && renditions.every((one) => one.staysAt(pull.url.origin))
    await (beside ? together : oneByOne)(renditions, pull.run, signal)
  } finally {
    // One playlist that fails ends the run: the others must not go on behind its back.
    over.abort()
  }
  const media_ms = Math.round(pull.run.media_ms)
  throw new ProbeFailure('STALLED_OUT', 'target', `the live stream ended after ${media_ms} ms of media`)
}

/** From the target's playlist to those that list segments: one, or one for pictures and one for sound. */
async function open(pull: Pull, byParts: boolean): Promise<Rendition[]> {
  const rendition = (url: URL, first: Answered, role: Role, beside_ms: number | null = null) =>
    new Rendition(pull, { url, first, role, by_parts: byParts, beside_ms })
  const { playlist, base } = await loadPlaylist(pull.get, pull.url)
  if (playlist.kind === 'media') return [rendition(pull.url, { playlist, base }, 'both')]
  const variant = resolved(playlist.variant_uri, base)
  const audio = playlist.audio_uri === null ? null : resolved(playlist.audio_uri, base)
  if (audio === null) return [rendition(variant, await mediaAt(pull.get, variant), 'both')]
  pull.run.media.tracks({ video: true, audio: true, certain: true })
  const pictures = rendition(variant, await mediaAt(pull.get, variant), 'video')
  const sound = rendition(audio, await mediaAt(pull.get, audio), 'audio', pictures.behind_ms)
  return [pictures, sound]
}

async function mediaAt(get: Get, url: URL): Promise<Answered> {
  const { playlist, base } = await loadPlaylist(get, url)
  if (playlist.kind === 'master') throw new MediaError('a master playlist that leads to another')
  return { playlist, base }
}

/** Asks for nothing, and takes nothing in, once `signal` has ended it. */
function until(signal: AbortSignal, get: Get): Get {
  return (url, data, range) => {
    signal.throwIfAborted()
    const whileLive = (bytes: Uint8Array, atMs: number) => {
      signal.throwIfAborted()
      data(bytes, atMs)
    }
    return get(url, whileLive, range)
  }
}
