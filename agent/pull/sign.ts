import { createHash, createHmac } from 'node:crypto'
import type { UrlSignature } from '@streamgauge/contract'

const VALID_S = 3_600

/** `url` with the signature its CDN asks for, good from `nowMs` (ms since 1970) on; what each scheme is, `UrlSignature` says. */
export function signed(url: URL, signature: UrlSignature, nowMs: number): URL {
  const expires = Math.floor(nowMs / 1_000) + (signature.valid_s ?? VALID_S)
  const result = new URL(url)
  const query = queryOf(url, signature, expires)
  result.search = result.search === '' ? query : `${result.search}&${query}`
  return result
}

function queryOf(url: URL, signature: UrlSignature, expires: number): string {
  const path = url.pathname
  const stream = streamOf(path)
  const expiresHex = expires.toString(16)
  switch (signature.scheme) {
    case 'tencent':
      return `txSecret=${md5(`${signature.key}${stream}${expiresHex.toUpperCase()}`)}&txTime=${expiresHex.toUpperCase()}`
    case 'aliyun': {
      const token = `${expires}-0-${signature.uid ?? '0'}`
      return `auth_key=${token}-${md5(`${path}-${token}-${signature.key}`)}`
    }
    case 'template': {
      const words = { path, stream, host: url.host, expires: String(expires), expires_hex: expiresHex }
      const message = filled(signature.message, { ...words, key: signature.key })
      return filled(signature.query, { ...words, signature: digestOf(signature, message) })
    }
  }
}

/** `/live/test.flv` is the stream `test`. */
function streamOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.[A-Za-z0-9]+$/, '')
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function digestOf(signature: Extract<UrlSignature, { scheme: 'template' }>, message: string): string {
  const { algorithm, encoding, key } = signature
  const hash =
    algorithm === 'hmac-sha1' || algorithm === 'hmac-sha256'
      ? createHmac(algorithm.slice('hmac-'.length), key)
      : createHash(algorithm)
  return hash.update(message).digest(encoding)
}

/** Puts words in the place of `{name}`; names it does not know stay as they are. */
function filled(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(words, name) ? (words[name] ?? whole) : whole,
  )
}
