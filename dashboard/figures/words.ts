import type { FailureCode, FailureSource, Http3Advertised, Transport } from '@streamgauge/contract'

/** A transport's name as people write it. */
export const TRANSPORT_NAMES: Readonly<Record<Transport, string>> = { tcp: 'TCP', quic: 'QUIC' }

/** How a client would learn of HTTP/3 at a target, as a sentence. */
export const ADVERTISED: Readonly<Record<Http3Advertised, string>> = {
  none: 'HTTP/3 is not advertised: no ordinary client would use it here.',
  'alt-svc': 'HTTP/3 is advertised by Alt-Svc: a client uses it from its second visit on.',
  'https-record': 'HTTP/3 is advertised by an HTTPS record: a client can use it at once.',
  both: 'HTTP/3 is advertised by an HTTPS record and by Alt-Svc: a client can use it at once.',
}

/** Who is to blame, in words that end the sentence "the fault lies with …". */
export const BLAME: Readonly<Record<FailureSource, string>> = {
  target: 'the target',
  resolver: 'the resolver',
  path: 'the path between agent and target',
  agent: 'the agent itself',
}

/** What each failure means, in one plain sentence. */
export const FAILURES: Readonly<Record<FailureCode, string>> = {
  DNS_NOT_FOUND: 'The name does not exist.',
  DNS_TIMEOUT: 'The resolver did not answer in time.',
  CONNECT_REFUSED: 'Nothing listens on that port.',
  CONNECT_UNREACHABLE: 'The network says there is no way to that address.',
  CONNECT_TIMEOUT: 'No answer to the first packet in time.',
  UDP_BLOCKED: 'UDP did not get through, so QUIC could not begin. This is an outcome, not a TCP measurement.',
  TLS_CERTIFICATE: 'The certificate is not trusted, has expired, or is for another name.',
  TLS_ALPN: 'The two sides agree on no HTTP version.',
  TLS_FAILED: 'The TLS handshake failed.',
  HTTP_STATUS: 'The server answered with a status that is not success.',
  HTTP_PROTOCOL: 'The server broke the HTTP protocol.',
  RESET: 'The connection was cut while data flowed.',
  STALLED_OUT: 'Data stopped and did not come back before the deadline.',
  MEDIA_INVALID: 'What arrived is not a stream that can be read.',
  MEDIA_EMPTY: 'The answer held no media.',
  TIMEOUT: 'The run did not get where it should before its deadline.',
  REFUSED_BY_POLICY: 'The agent may not connect to that address.',
  BUDGET_SPENT: "The agent's traffic budget for the day is spent.",
  AGENT_ERROR: 'The agent failed; this says nothing about the target.',
}

/** A text that begins with a capital letter, as a sentence or a label does. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
