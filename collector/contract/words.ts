import { type Static, Type } from 'typebox'

/** Which transport a run is forced onto. A run never falls back to the other one. */
export const Transport = Type.Union([Type.Literal('tcp'), Type.Literal('quic')])
export type Transport = Static<typeof Transport>

/** The HTTP version spoken: 1.1 and 2 over TCP, 3 over QUIC. */
export const HttpVersion = Type.Union([Type.Literal('1.1'), Type.Literal('2'), Type.Literal('3')])
export type HttpVersion = Static<typeof HttpVersion>

/** The container and delivery of a stream; `none` for a `connect` run, which pulls no media. */
export const Format = Type.Union([
  Type.Literal('flv'),
  Type.Literal('hls'),
  Type.Literal('ll-hls'),
  Type.Literal('none'),
])
export type Format = Static<typeof Format>

/** `stream`: pull and play. `connect`: stop once application data could be sent. */
export const Kind = Type.Union([Type.Literal('stream'), Type.Literal('connect')])
export type Kind = Static<typeof Kind>

/** Who may do what: an agent writes measurements, a viewer reads, an operator steers and acknowledges, an admin hands out tokens. */
export const Role = Type.Union([
  Type.Literal('agent'),
  Type.Literal('viewer'),
  Type.Literal('operator'),
  Type.Literal('admin'),
])
export type Role = Static<typeof Role>

/** A name chosen by people or programs: 1 to 128 characters, no spaces, no control characters. */
export const Id = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$' })

/** RFC 9562 UUID, version 7: its first 48 bits are the creation time in milliseconds. */
export const UuidV7 = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
})

/** UTC, ISO 8601 with milliseconds: `2026-11-22T19:47:10.123Z`. */
export const Timestamp = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
})

/** ISO 3166-1 alpha-2; `ZZ` when not known. */
export const Country = Type.String({ pattern: '^[A-Z]{2}$' })
