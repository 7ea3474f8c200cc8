import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder, startForeign } from './foreign.ts'
import type { Owner } from './owner.ts'

/** A folder that ffmpeg writes a live HLS stream to, in real time. */
export interface LiveHls {
  readonly folder: string
  readonly playlist_file: string
}

/** Long enough that three of them, where players begin, carry over any reload. */
const SEGMENT_S = 1
const WINDOW_SEGMENTS = 6
/** Listed before tests begin; also what a server that never looks twice serves for a while. */
const READY_SEGMENTS = 4

/**
 * A live stream made by ffmpeg: H.264 of 25 pictures a second with a key frame each second, AAC, in segments of one
 * second as MPEG-TS or fragmented MP4. Waits until four are listed.
 */
export async function liveHls(owner: Owner, container: 'mpegts' | 'fmp4' = 'mpegts'): Promise<LiveHls> {
  const folder = aFolder(owner, 'hls')
  const playlist_file = join(folder, 'live.m3u8')
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25']
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000']
  const codecs = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '25',
    '-b:v',
    '400k',
  ]
  const hls = ['-f', 'hls', '-hls_time', String(SEGMENT_S), '-hls_list_size', String(WINDOW_SEGMENTS)]
  const files = ['-hls_segment_type', container, '-hls_flags', 'temp_file+program_date_time']
  await startForeign(owner, 'ffmpeg', {
    folder,
    args: [
      ...['-nostdin', '-loglevel', 'error', '-re', ...picture, '-re', ...sound],
      ...[...codecs, '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '64k', ...hls, ...files, playlist_file],
    ],
    ready: async () => listed(playlist_file) >= READY_SEGMENTS,
  })
  return { folder, playlist_file }
}

function listed(playlistFile: string): number {
  try {
    return readFileSync(playlistFile, 'utf8').split('#EXTINF').length - 1
  } catch {
    return 0
  }
}
