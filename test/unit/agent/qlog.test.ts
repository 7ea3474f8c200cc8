import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Qlog, sweepQlogs } from '@streamgauge/agent/connect/qlog.ts'
import { until } from '../../support/process.ts'

function logOf(t: TestContext, lines: readonly string[]): Qlog {
  const qlog = new Qlog()
  t.after(() => qlog.remove())
  // The engine writes JSON text sequences: each line after a record separator.
  writeFileSync(join(qlog.folder, 'client-1.qlog'), lines.map((line) => `\x1e${line}\n`).join(''))
  return qlog
}

const sent = (time: number, type = 'initial', dcid = 'aa') =>
  `{"time":${time},"name":"quic:packet_sent","data":{"header":{"packet_type":"${type}","packet_number":0,"dcid":"${dcid}"}}}`
const received = (number: number, type = '1RTT') =>
  `{"time":9,"name":"quic:packet_received","data":{"header":{"packet_type":"${type}","packet_number":${number}}}}`
const metrics = (data: string) => `{"time":9,"name":"quic:recovery_metrics_updated","data":{${data}}}`

test('the handshake is from the first Initial to the first packet that may carry application data', (t) => {
  // As the engine writes them: parameters, Initial, the server's flight, and our last flight with 1-RTT in it.
  const qlog = logOf(t, [
    '{"file_schema":"x"}',
    '{"time":0.0,"name":"quic:parameters_set"}',
    sent(9.25),
    received(0, 'initial'),
    sent(10.5, 'initial', 'bb'),
    sent(10.5, 'handshake', 'bb'),
    sent(10.75, '1RTT', ''),
  ])
  assert.deepEqual(qlog.handshake(), {
    handshake_ms: 1.5,
    retry: false,
    handshake_bytes: 0,
    zero_rtt: false,
  })
})

test('an Initial sent again is no Retry; an Initial to another connection id before any answer is one', (t) => {
  const rest = [received(0, 'initial'), sent(3, '1RTT', '')]
  assert.equal(logOf(t, [sent(0.5), sent(1.5), ...rest]).handshake()?.retry, false)
  assert.equal(logOf(t, [sent(0.5), sent(1.5, 'initial', 'bb'), ...rest]).handshake()?.retry, true)
})

test('a log that does not reach the end of the handshake tells nothing', async (t) => {
  const qlog = logOf(t, ['{"file_schema":"x"}', sent(0.5)])
  assert.equal(qlog.handshake(), null)
  assert.equal((await qlog.figures()).loss_ratio, null)
})

test('round trips are the last smoothed one and the least one measured, not the engine’s first guess', async (t) => {
  const figures = await logOf(t, [
    metrics(
      '"cf_lost_packets":{"total":0,"delta":0},"min_rtt":333.0,"smoothed_rtt":333.0,"rtt_variance":166.5',
    ),
    metrics('"min_rtt":40.5,"smoothed_rtt":40.5,"latest_rtt":40.5,"rtt_variance":20.25'),
    metrics('"smoothed_rtt":41.25,"latest_rtt":46.5,"rtt_variance":16.5'),
    metrics('"cf_lost_packets":{"total":2,"delta":2},"bytes_in_flight":0'),
  ]).figures()
  assert.deepEqual(figures, {
    rtt_ms: 41.25,
    rtt_min_ms: 40.5,
    rtt_var_ms: 16.5,
    retransmit_count: 2,
    loss_ratio: null,
    out_of_order_count: null,
    ecn: null,
  })
})

test('a log is read on while it grows, and what was read takes no more room', async (t) => {
  const qlog = logOf(t, [])
  const file = join(qlog.folder, 'client-1.qlog')
  const filler = metrics(`"smoothed_rtt":40.5,"latest_rtt":40.5,"padding":"${'x'.repeat(2_000)}"`)
  qlog.follow()
  // 5,000 lines of 2 KB are 10 MB.
  for (let i = 0; i < 5_000; i++) appendFileSync(file, `\x1e${filler}\n`)
  const allocated = () => statSync(file).blocks * 512
  assert.ok(allocated() > 10_000_000)
  await until(
    async () => allocated(),
    (bytes) => bytes < 1_000_000,
    10_000,
  )
  appendFileSync(file, `\x1e${metrics('"smoothed_rtt":41.5,"latest_rtt":39.5')}\n`)
  const { rtt_ms, rtt_min_ms } = await qlog.figures()
  assert.deepEqual([rtt_ms, rtt_min_ms], [41.5, 39.5])
})

test('the logs of a process that is gone are swept away; those of a running one stay', (t) => {
  const mine = logOf(t, [sent(1)])
  const dead = spawnSync(process.execPath, ['--version']).pid
  const left = join(dirname(mine.folder), `streamgauge-qlog-${dead}-abc123`)
  mkdirSync(left)
  t.after(() => rmSync(left, { recursive: true, force: true }))
  sweepQlogs()
  assert.deepEqual([existsSync(left), existsSync(mine.folder)], [false, true])
})
