import { CollectorError } from '../error.ts'

/**
 * The bytes of a server's answer up to where it says that it failed. A statement that fails half-way has answered 200 already;
 * the server then writes `mark` and a message into the stream, which must not pass for data. Throws `STORE_UNAVAILABLE` there.
 */
export async function* refuseFailure(
  bytes: AsyncIterable<Uint8Array>,
  mark: string | null,
): AsyncGenerator<Uint8Array> {
  if (mark === null) return yield* bytes
  const sought = Buffer.from(mark, 'latin1')
  let held = Buffer.alloc(0)
  for await (const chunk of bytes) {
    const all = Buffer.concat([held, chunk])
    const found = all.indexOf(sought)
    if (found >= 0) throw failure(all.subarray(found + sought.length))
    // The mark may be cut in two by a chunk's end.
    const free = Math.max(0, all.length - sought.length + 1)
    if (free > 0) yield all.subarray(0, free)
    held = all.subarray(free)
  }
  if (held.length > 0) yield held
}

function failure(message: Buffer): CollectorError {
  const text = message.toString('utf8', 0, 500).trim().split('\n', 1)[0] ?? ''
  return new CollectorError('STORE_UNAVAILABLE', `the store failed half-way through an export: ${text}`, {
    status: 503,
  })
}
