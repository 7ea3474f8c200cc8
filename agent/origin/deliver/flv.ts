import { flvOpening } from '../mux/flv.ts'
import type { Reply } from '../reply.ts'
import type { LiveFrame, LiveSource } from '../source.ts'

/** How much of the stream may wait for one viewer before it loses pictures. */
const BEHIND_MAX_S = 8
/** It goes on at a key frame once no more than this waits. */
const BEHIND_RESUME_S = 1

/**
 * HTTP-FLV: the current group of pictures at once, then frame by frame. A viewer slower than the stream skips to a
 * later key frame, as it would at a CDN's edge, so that its queue stays within eight seconds of stream.
 */
export function serveFlv(reply: Reply, source: LiveSource, headers: Readonly<Record<string, string>>): void {
  reply.head(200, { ...headers, 'content-type': 'video/x-flv', 'cache-control': 'no-store' })
  if (reply.method === 'HEAD') {
    reply.end()
    return
  }
  const bytesPerSecond = source.bitrate_bps / 8
  let skipping = false

  const deliver = (frame: LiveFrame) => {
    if (!skipping && reply.waiting_bytes > bytesPerSecond * BEHIND_MAX_S) skipping = true
    if (skipping && !(frame.startsGop && reply.waiting_bytes < bytesPerSecond * BEHIND_RESUME_S)) return
    skipping = false
    reply.write(frame.bytes)
  }
  const { burst, leave } = source.watch(deliver)
  reply.onClose(leave)
  reply.write(Buffer.concat([flvOpening(source.clip), ...burst.map((f) => f.bytes)]))
}
