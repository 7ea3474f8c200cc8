import type { Target } from '@streamgauge/contract'
import { type Cmcd, toCmcdHeaders } from '@svta/cml-cmcd'
import type { RequestHeaders } from '../connect/connection.ts'
import type { Recording } from '../probe/recording.ts'

/**
 * CMCD version 1 as request headers (CTA-5004), so that cache keys stay as they are. The session id is the
 * measurement's, which lets a CDN find the run in its own log; the content id is the stream's.
 */
export function cmcdHeaders(target: Target, run: Recording, url: URL): RequestHeaders {
  const playlist = url.pathname.endsWith('.m3u8') || url.pathname.endsWith('.m3u')
  const data: Cmcd = {
    sid: run.measurement_id,
    cid: target.stream_id.slice(0, 64),
    sf: target.format === 'flv' ? 'o' : 'h',
    st: 'l',
    ot: playlist ? 'm' : 'av',
    ...(run.media_ms === 0 ? { su: true } : {}),
  }
  return Object.fromEntries(
    Object.entries(toCmcdHeaders(data, { version: 1 })).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
