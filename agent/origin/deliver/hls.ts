import type { LiveSource } from '../source.ts'

/** The live playlist of a stream (RFC 8216); segment addresses are relative to it. */
export function playlistOf(stream: string, source: LiveSource): string {
  const segments = source.window
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${Math.ceil(source.segment_ms / 1_000)}`,
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.sequence ?? 0}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ]
  for (const segment of segments) {
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.made_epoch_ms).toISOString()}`,
      `#EXTINF:${(segment.duration_ms / 1_000).toFixed(3)},`,
      `${stream}/${segment.sequence}.ts`,
    )
  }
  return `${lines.join('\n')}\n`
}
