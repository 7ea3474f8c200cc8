import { type Static, Type } from 'typebox'

/** Why a run failed: a closed list, so that it can be counted. `docs/failures.md` says what each one means. */
export const FailureCode = Type.Union([
  Type.Literal('DNS_NOT_FOUND'),
  Type.Literal('DNS_TIMEOUT'),
  Type.Literal('CONNECT_REFUSED'),
  Type.Literal('CONNECT_UNREACHABLE'),
  Type.Literal('CONNECT_TIMEOUT'),
  Type.Literal('UDP_BLOCKED'),
  Type.Literal('TLS_CERTIFICATE'),
  Type.Literal('TLS_ALPN'),
  Type.Literal('TLS_FAILED'),
  Type.Literal('HTTP_STATUS'),
  Type.Literal('HTTP_PROTOCOL'),
  Type.Literal('RESET'),
  Type.Literal('STALLED_OUT'),
  Type.Literal('MEDIA_INVALID'),
  Type.Literal('MEDIA_EMPTY'),
  Type.Literal('TIMEOUT'),
  Type.Literal('REFUSED_BY_POLICY'),
  Type.Literal('BUDGET_SPENT'),
  Type.Literal('AGENT_ERROR'),
])
export type FailureCode = Static<typeof FailureCode>

/** Who is to blame for a failed run. */
export const FailureSource = Type.Union([
  Type.Literal('target'),
  Type.Literal('resolver'),
  Type.Literal('path'),
  Type.Literal('agent'),
])
export type FailureSource = Static<typeof FailureSource>
