import { FlvDemuxer } from '../media/flv.ts'
import { ProbeFailure } from '../probe/failure.ts'
import type { Pull } from './pull.ts'

/** One request whose answer does not end: HTTP-FLV. A live stream that ends before the deadline has failed its viewers. */
export async function pullFlv(pull: Pull): Promise<void> {
  const { run } = pull
  const demuxer = new FlvDemuxer(run.media)
  await pull.get(pull.url, (bytes, at) => demuxer.push(bytes, at))
  throw run.bytes === 0
    ? new ProbeFailure('MEDIA_EMPTY', 'target', 'an answer without media')
    : new ProbeFailure(
        'STALLED_OUT',
        'target',
        `the live stream ended after ${Math.round(run.media_ms)} ms of media`,
      )
}
