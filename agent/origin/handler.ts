import { serveFlv } from './deliver/flv.ts'
import { playlistOf } from './deliver/hls.ts'
import type { Handler, Reply } from './reply.ts'
import type { LiveSource } from './source.ts'

/** Players run in pages from anywhere. */
const ANYWHERE = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
  'timing-allow-origin': '*',
}
const SEGMENT_PATH = /^\/live\/([A-Za-z0-9._-]+)\/(\d{1,15})\.ts$/
const STREAM_PATH = /^\/live\/([A-Za-z0-9._-]+)\.(flv|m3u8)$/

/** Serves the streams; `extra` goes with every answer. */
export function handlerFor(
  sources: ReadonlyMap<string, LiveSource>,
  extra: Readonly<Record<string, string>>,
): Handler {
  const common = { ...ANYWHERE, ...extra }
  return (reply) => {
    const path = reply.path.split('?', 1)[0] ?? '/'
    if (reply.method === 'OPTIONS')
      return plain(reply, 204, { ...common, 'access-control-allow-methods': 'GET, HEAD, OPTIONS' }, '')
    if (reply.method !== 'GET' && reply.method !== 'HEAD')
      return plain(
        reply,
        405,
        { ...common, allow: 'GET, HEAD, OPTIONS' },
        `METHOD_NOT_ALLOWED: ${reply.method}\n`,
      )
    if (path === '/') return plain(reply, 200, common, indexOf(sources))

    const [, segmentStream = '', sequence = ''] = SEGMENT_PATH.exec(path) ?? []
    const segment = sources.get(segmentStream)?.segment(Number(sequence))
    if (segment)
      return body(
        reply,
        { ...common, 'content-type': 'video/mp2t', 'cache-control': 'max-age=60' },
        segment.bytes,
      )

    const [, stream = '', kind] = STREAM_PATH.exec(path) ?? []
    const source = sources.get(stream)
    if (source && kind === 'm3u8') {
      const headers = {
        ...common,
        'content-type': 'application/vnd.apple.mpegurl',
        'cache-control': 'no-cache',
      }
      return body(reply, headers, Buffer.from(playlistOf(stream, source)))
    }
    if (source && kind === 'flv') return serveFlv(reply, source, common)
    return plain(reply, 404, common, `NOT_FOUND: ${path}\n`)
  }
}

function body(reply: Reply, headers: Readonly<Record<string, string>>, bytes: Buffer): void {
  reply.head(200, { ...headers, 'content-length': String(bytes.length) })
  if (reply.method === 'HEAD') reply.end()
  else reply.end(bytes)
}

function plain(reply: Reply, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }
  reply.head(status, { ...headers, ...type })
  reply.end(reply.method === 'HEAD' ? undefined : Buffer.from(text))
}

function indexOf(sources: ReadonlyMap<string, LiveSource>): string {
  const lines = [...sources].flatMap(([id, source]) => [
    `/live/${id}.flv   ${source.bitrate_bps / 1_000} kbit/s, a key frame every ${source.clip.gop_s} s, viewers now: ${source.viewer_count}`,
    `/live/${id}.m3u8  segments of ${source.segment_ms / 1_000} s`,
  ])
  return `Streamgauge test streams\n\n${lines.join('\n')}\n`
}
