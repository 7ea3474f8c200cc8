import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { CollectorError, messageOf } from '../error.ts'

/** Most bytes a batch may have, sent and decoded. */
export const BODY_MAX_BYTES = 64 * 1024 * 1024

/** Decoded at a time: most batches in one or two steps. */
const CHUNK_BYTES = 128 * 1024

/** Every content-encoding a batch may have. Adding one is a line here. */
const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, zstd: createZstdDecompress } as const

/**
 * Reads and decodes a body, calling `grow` with each decoded chunk's size before it is kept. Throws `BODY_TOO_LARGE` as soon as
 * the length says so or the limit is passed, `BODY_NOT_DECODABLE` and `UNSUPPORTED_ENCODING`.
 */
export async function readBody(request: IncomingMessage, grow: (bytes: number) => void): Promise<Buffer> {
  try {
    return await decode(request, grow)
  } finally {
    // What is left is thrown away; unread it would hold up the next request on the connection.
    request.resume()
  }
}

async function decode(request: IncomingMessage, grow: (bytes: number) => void): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_MAX_BYTES) throw tooLarge()
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity') return collect(request, grow)
  if (!isKnown(encoding)) {
    const known = Object.keys(decoders).join(', ')
    throw new CollectorError('UNSUPPORTED_ENCODING', `content-encoding must be identity, ${known}`, {
      status: 415,
    })
  }
  const decoder = decoders[encoding]({ chunkSize: CHUNK_BYTES })
  const stop = (error?: Error) => decoder.destroy(error ?? new Error('the sender went away'))
  const stopEarly = () => {
    if (!request.complete) stop()
  }
  request.once('error', stop).once('close', stopEarly)
  try {
    return await collect(request.pipe(decoder), grow)
  } catch (error) {
    if (error instanceof CollectorError) throw error
    throw new CollectorError('BODY_NOT_DECODABLE', `the body is not ${encoding}: ${messageOf(error)}`, {
      status: 400,
      cause: error,
    })
  } finally {
    request.off('error', stop).off('close', stopEarly)
    request.unpipe(decoder)
    decoder.destroy()
  }
}

async function collect(stream: Readable, grow: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > BODY_MAX_BYTES) throw tooLarge()
    grow(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function isKnown(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding)
}

function tooLarge(): CollectorError {
  const message = `a batch may have ${BODY_MAX_BYTES} bytes, also when decoded; send smaller ones`
  return new CollectorError('BODY_TOO_LARGE', message, { status: 413 })
}
