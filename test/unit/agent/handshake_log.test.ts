import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEarlyEnd, readHandshake } from '@streamgauge/agent/connect/handshake_log.ts'

const sent = (time: number, type: string, number: number) =>
  `{"time":${time},"name":"quic:packet_sent","data":{"header":{"packet_type":"${type}","packet_number":${number},"dcid":"aa"}}}`
const received = (type: string, frames: string) =>
  `{"time":9,"name":"quic:packet_received","data":{"header":{"packet_type":"${type}","packet_number":0},"frames":[${frames}]}}`
const crypto = (bytes: number) => `{"frame_type":"crypto","offset":0,"raw":{"payload_length":${bytes}}}`
const ack = (ranges: string) => `{"frame_type":"ack","ack_delay":0.0,"acked_ranges":[${ranges}]}`

test('the bytes of the server’s handshake are those of its Handshake packets before our last flight', () => {
  const log = readHandshake(
    [
      sent(1, 'initial', 0),
      received('initial', crypto(90)),
      received('handshake', `${ack('[0]')},${crypto(671)}`),
      received('handshake', crypto(23)),
      sent(3, '1RTT', 2),
      received('handshake', crypto(500)),
    ].join('\n'),
  )
  assert.equal(log?.handshake_bytes, 694)
})

test('early data that the server acknowledges makes the handshake as long as it took to send it', () => {
  const early = [sent(3.5, 'initial', 0), sent(3.75, '0RTT', 1), sent(3.75, '0RTT', 2)]
  const taken = readHandshake(
    [...early, received('handshake', crypto(160)), sent(9, '1RTT', 3), received('1RTT', ack('[1,3]'))].join(
      '\n',
    ),
  )
  assert.deepEqual(taken, { handshake_ms: 0.25, retry: false, handshake_bytes: 160, zero_rtt: true })
})

test('early data that the server drops is sent again, and the handshake took as long as ever', () => {
  const early = [sent(3.5, 'initial', 0), sent(3.75, '0RTT', 1), sent(3.75, '0RTT', 2)]
  const dropped = readHandshake(
    [...early, received('handshake', crypto(160)), sent(9, '1RTT', 3), received('1RTT', ack('[3]'))].join(
      '\n',
    ),
  )
  assert.deepEqual(dropped, { handshake_ms: 5.5, retry: false, handshake_bytes: 160, zero_rtt: false })
})

test('a close by the server before the handshake is done is told with its code; silence is no answer', () => {
  // As the engine logs what Caddy answers to a name it has no certificate for: 0x150 is TLS alert 80.
  const close =
    '{"frame_type":"connection_close","error_space":"transport","error":"unknown","error_code":336,"reason":""}'
  const received = (frames: string) =>
    `{"time":3.4,"name":"quic:packet_received","data":{"header":{"packet_type":"initial"},"frames":[${frames}]}}`
  const sent = `{"time":0.5,"name":"quic:packet_sent","data":{"header":{"packet_type":"initial"},"frames":[${close}]}}`
  const crypto = '{"frame_type":"crypto","offset":0,"raw":{"payload_length":90}}'
  assert.deepEqual(readEarlyEnd([sent, received(close)].join('\n')), {
    answered: true,
    error_code: 336,
    reason: '',
  })
  assert.deepEqual(readEarlyEnd([sent, received(crypto)].join('\n')), {
    answered: true,
    error_code: null,
    reason: '',
  })
  assert.deepEqual(readEarlyEnd(sent), { answered: false, error_code: null, reason: '' })
})
