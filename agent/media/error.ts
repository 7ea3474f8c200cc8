/** What was pulled is not the media it claims to be. */
export class MediaError extends Error {
  readonly code = 'MEDIA_INVALID'
}
