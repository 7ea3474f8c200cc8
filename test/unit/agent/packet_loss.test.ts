import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketLoss } from '@streamgauge/agent/connect/packet_loss.ts'

/** A received 1-RTT packet as the engine logs it; `frames` are [stream, offset, bytes]. */
function packet(number: number, ...frames: readonly (readonly [number, number, number])[]): string {
  const logged = frames.map(
    ([stream, offset, bytes]) =>
      `{"frame_type":"stream","stream_id":${stream},"offset":${offset},"raw":{"payload_length":${bytes}}}`,
  )
  return `{"time":9.1,"name":"quic:packet_received","data":{"header":{"packet_type":"1RTT","packet_number":${number}},"raw":{"length":1200},"frames":[{"frame_type":"ack","ack_delay":0.0,"acked_ranges":[[0]]},${logged.join(',')}]}}`
}

function ratioOf(...lines: readonly string[]): number | null {
  const loss = new PacketLoss()
  for (const line of lines) loss.note(line)
  return loss.ratio
}

test('a gap in numbers with a gap in the stream is as many packets as the missing bytes fill', () => {
  // 5 and 6 are gone with bytes 2,000 to 4,000: 2 of 5.
  const ratio = ratioOf(packet(3, [0, 0, 1_000]), packet(4, [0, 1_000, 1_000]), packet(7, [0, 4_000, 1_000]))
  assert.equal(ratio, 2 / 5)
})

test('a number left out on purpose takes no bytes with it, and is no loss', () => {
  assert.equal(ratioOf(packet(3, [0, 0, 1_000]), packet(5, [0, 1_000, 1_000])), 0)
  // Of two numbers, one was left out and one carried the 900 bytes that are missing.
  assert.equal(ratioOf(packet(3, [0, 0, 1_000]), packet(6, [0, 1_900, 1_000])), 1 / 3)
})

test('what comes again under a new number is no second loss', () => {
  const ratio = ratioOf(
    packet(3, [0, 0, 1_000]),
    packet(5, [0, 2_000, 1_000]),
    packet(6, [0, 1_000, 1_000]),
    packet(7, [0, 3_000, 1_000]),
  )
  assert.equal(ratio, 1 / 5)
})

test('a packet that was overtaken was not lost', () => {
  assert.equal(
    ratioOf(packet(3, [0, 0, 1_000]), packet(5, [0, 2_000, 1_000]), packet(4, [0, 1_000, 1_000])),
    0,
  )
})

test('streams are told apart: the first packet of a new one may be the lost one', () => {
  assert.equal(ratioOf(packet(3, [0, 0, 1_000]), packet(5, [4, 1_000, 1_000])), 1 / 3)
  assert.equal(ratioOf(packet(3, [0, 0, 1_000]), packet(5, [4, 0, 1_000])), 0)
})

test('packets without stream data are neither lost nor found, and none at all tell nothing', () => {
  assert.equal(ratioOf(packet(3, [0, 0, 1_000]), packet(9), packet(11, [0, 1_000, 1_000])), 0)
  assert.equal(ratioOf(packet(3), packet(9)), null)
})
