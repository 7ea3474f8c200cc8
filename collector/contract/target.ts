import { type Static, Type } from 'typebox'
import { Format, HttpVersion, Id, Transport } from './words.ts'

const validFor = Type.Optional(Type.Integer({ minimum: 0, maximum: 315_360_000 }))
const Key = Type.String({ minLength: 1, maxLength: 1_024 })

/**
 * How a URL is signed anew for each run. `valid_s` is added to the moment of signing (default 3,600 s).
 *
 * - `tencent`: `txSecret = md5(key + StreamName + txTime)`, `txTime` the end of validity in hexadecimal seconds
 *   (Tencent CSS, "Hotlink Protection URL Calculation"); StreamName is the file name without its extension.
 * - `aliyun`: `auth_key = time-rand-uid-md5(path-time-rand-uid-key)` (Alibaba Cloud, URL signing type A); there the
 *   domain's own validity is added to `time`, so `valid_s` may be 0.
 * - `template`: anything else. `message` and `query` are templates over `{path}`, `{stream}`, `{host}`, `{expires}`
 *   (seconds since 1970) and `{expires_hex}`; `message` also over `{key}`, for digests that are not an HMAC (nginx
 *   `secure_link_md5`), and `query` over `{signature}`.
 */
export const UrlSignature = Type.Union([
  Type.Object(
    { scheme: Type.Literal('tencent'), key: Key, valid_s: validFor },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      scheme: Type.Literal('aliyun'),
      key: Key,
      valid_s: validFor,
      uid: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9]+$' })),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      scheme: Type.Literal('template'),
      key: Key,
      valid_s: validFor,
      algorithm: Type.Union([
        Type.Literal('hmac-sha1'),
        Type.Literal('hmac-sha256'),
        Type.Literal('md5'),
        Type.Literal('sha256'),
      ]),
      encoding: Type.Union([Type.Literal('hex'), Type.Literal('base64url')]),
      message: Type.String({ minLength: 1, maxLength: 1_024 }),
      query: Type.String({ minLength: 1, maxLength: 1_024 }),
    },
    { additionalProperties: false },
  ),
])
export type UrlSignature = Static<typeof UrlSignature>

/** Request headers by lower-case name; `host` is what the server is told it is asked for. */
export const TargetHeaders = Type.Record(
  Type.String({ pattern: "^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$" }),
  Type.String({ maxLength: 4_096, pattern: '^[\\x20-\\x7e\\t]*$' }),
  { maxProperties: 32, additionalProperties: false },
)

/**
 * `cold` (the default): nothing is known of the server, nothing is resumed. `resumed`: a connection just before hands
 * over a TLS ticket. `zero-rtt`: that, and on QUIC the request goes out with the first packet.
 */
export const Resumption = Type.Union([
  Type.Literal('cold'),
  Type.Literal('resumed'),
  Type.Literal('zero-rtt'),
])
export type Resumption = Static<typeof Resumption>

/** What a target may add to its URL. Every member is optional, so that older files and older agents go on working. */
export const targetOptions = {
  /** Connect to this address, whatever the name resolves to: one node, under the public name. */
  address: Type.Optional(Type.String({ minLength: 2, maxLength: 45, pattern: '^[0-9A-Fa-f.:]+$' })),
  /** Name for SNI and the certificate, where it is not the URL's host. */
  server_name: Type.Optional(Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9._-]+$' })),
  headers: Type.Optional(TargetHeaders),
  sign: Type.Optional(UrlSignature),
  resumption: Type.Optional(Resumption),
  /** Send CMCD (CTA-5004) request headers with the measurement's id as session id. Off by default. */
  cmcd: Type.Optional(Type.Boolean()),
}

/** One URL to pull: stream × node × route × transport. */
export const Target = Type.Object(
  {
    target_id: Id,
    url: Type.String({ minLength: 8, maxLength: 4_096, pattern: '^https?://' }),
    node_id: Id,
    stream_id: Id,
    route: Id,
    provider: Id,
    transport: Transport,
    /** The version to insist on; `null`: what ALPN agrees on. */
    http_version: Type.Union([HttpVersion, Type.Null()]),
    format: Format,
    /** PEM of the authority that signed the target's certificate; `null`: the system's own list. */
    ca_pem: Type.Union([Type.String({ maxLength: 65_536 }), Type.Null()]),
    /** Accept any certificate. For test origins only. */
    insecure: Type.Boolean(),
    ...targetOptions,
  },
  { additionalProperties: false },
)
export type Target = Static<typeof Target>
