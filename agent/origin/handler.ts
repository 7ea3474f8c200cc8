import { PARTS_PER_S } from './clip/clip.ts'
import { body, file, plain } from './deliver/answer.ts'
import { serveFlv } from './deliver/flv.ts'
import { playlistOf } from './deliver/hls.ts'
import { serveLowLatencyFile, serveLowLatencyPlaylist } from './deliver/ll_hls.ts'
import type { Handler, Reply } from './reply.ts'
import type { LiveSource } from './source.ts'

/** Players run in pages from anywhere. */
const ANYWHERE = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
  'timing-allow-origin': '*',
}
const FILE_PATH = /^\/live\/([A-Za-z0-9._-]+)\/([a-z0-9.]{1,40})$/
const PLAYLIST_PATH = /^\/live\/([A-Za-z0-9._-]+?)(\.ll)?\.m3u8$/
const FLV_PATH = /^\/live\/([A-Za-z0-9._-]+)\.flv$/
const SEGMENT_NAME = /^(\d{1,15})\.ts$/

type Headers = Readonly<Record<string, string>>

/** Serves the streams; `extra` goes with every answer. */
export function handlerFor(sources: ReadonlyMap<string, LiveSource>, extra: Headers): Handler {
  const common = { ...ANYWHERE, ...extra }
  return (reply) => {
    const [path = '/', query = ''] = reply.path.split('?', 2)
    if (reply.method === 'OPTIONS')
      return plain(reply, 204, { ...common, 'access-control-allow-methods': 'GET, HEAD, OPTIONS' }, '')
    if (reply.method !== 'GET' && reply.method !== 'HEAD') {
      const allow = { ...common, allow: 'GET, HEAD, OPTIONS' }
      return plain(reply, 405, allow, `METHOD_NOT_ALLOWED: ${reply.method}\n`)
    }
    if (path === '/') return plain(reply, 200, common, indexOf(sources))

    const [, owner = '', name = ''] = FILE_PATH.exec(path) ?? []
    const source = sources.get(owner)
    if (source && serveFile(reply, name, source, common)) return
    if (servePlaylist(reply, path, query, sources, common)) return
    const streamed = sources.get(FLV_PATH.exec(path)?.[1] ?? '')
    if (streamed) return serveFlv(reply, streamed, common)
    return plain(reply, 404, common, `NOT_FOUND: ${path}\n`)
  }
}

/** @returns whether the stream has such a file */
function serveFile(reply: Reply, name: string, source: LiveSource, common: Headers): boolean {
  const sequence = SEGMENT_NAME.exec(name)?.[1]
  if (sequence === undefined) return serveLowLatencyFile(reply, name, source.low_latency, common)
  const segment = source.segment(Number(sequence))
  if (segment === null) return false
  file(reply, { ...common, 'content-type': 'video/mp2t', 'cache-control': 'max-age=60' }, segment.bytes)
  return true
}

/** `<stream>.ll.m3u8` is LL-HLS of `<stream>`, unless there is only a stream named so. */
function servePlaylist(
  reply: Reply,
  path: string,
  query: string,
  sources: ReadonlyMap<string, LiveSource>,
  common: Headers,
): boolean {
  const [, stream = '', lowLatency = ''] = PLAYLIST_PATH.exec(path) ?? []
  const source = sources.get(stream)
  if (source && lowLatency) {
    serveLowLatencyPlaylist(reply, stream, source.low_latency, query, common)
    return true
  }
  const whole = sources.get(stream + lowLatency)
  if (!whole) return false
  const type = { 'content-type': 'application/vnd.apple.mpegurl', 'cache-control': 'no-cache' }
  body(reply, 200, { ...common, ...type }, Buffer.from(playlistOf(stream + lowLatency, whole)))
  return true
}

function indexOf(sources: ReadonlyMap<string, LiveSource>): string {
  const lines = [...sources].flatMap(([id, source]) => [
    `/live/${id}.flv      ${source.bitrate_bps / 1_000} kbit/s, a key frame every ${source.clip.gop_s} s, viewers now: ${source.viewer_count}`,
    `/live/${id}.m3u8     segments of ${source.segment_ms / 1_000} s, MPEG-TS`,
    `/live/${id}.ll.m3u8  the same in fragmented MP4, low latency: ${PARTS_PER_S} parts a second, waiting now: ${source.low_latency.waiting_count}`,
  ])
  return `Streamgauge test streams\n\n${lines.join('\n')}\n`
}
