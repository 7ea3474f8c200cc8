import { MediaError } from '../../media/error.ts'
import { ProbeFailure } from '../../probe/failure.ts'
import type { Get } from '../request.ts'
import { type MasterPlaylist, type MediaPlaylist, readPlaylist } from './playlist.ts'

/** A playlist of more than this is an attack: 1 MiB lists ten hours of two-second segments. */
const LARGEST_PLAYLIST_BYTES = 1024 * 1024

/** Loads a playlist. @throws MediaError for what is none; ProbeFailure `MEDIA_EMPTY` for nothing */
export async function loadPlaylist(
  get: Get,
  url: URL,
): Promise<{ playlist: MediaPlaylist | MasterPlaylist; base: URL }> {
  const chunks: Uint8Array[] = []
  let length = 0
  const base = await get(url, (bytes) => {
    length += bytes.length
    if (length > LARGEST_PLAYLIST_BYTES)
      throw new MediaError(`a playlist of more than ${LARGEST_PLAYLIST_BYTES} bytes`)
    chunks.push(bytes)
  })
  if (length === 0) throw new ProbeFailure('MEDIA_EMPTY', 'target', 'an empty playlist')
  return { playlist: readPlaylist(Buffer.concat(chunks).toString('utf8')), base }
}
