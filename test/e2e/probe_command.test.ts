import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { Measurement } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { anOrigin } from '../support/origin.ts'
import { PROGRAMS } from '../support/process.ts'
import { closedPort } from '../support/server.ts'

const isMeasurement = Compile(Measurement)

/** Runs `streamgauge-agent probe` as a person would. */
function probe(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAMS.agent, 'probe', ...args],
      { timeout: 60_000 },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })
}

function recordOf(line: string): Measurement {
  const record: unknown = JSON.parse(line)
  assert.ok(isMeasurement.Check(record), JSON.stringify([...isMeasurement.Errors(record)].slice(0, 3)))
  return record
}

test('probe --json prints one valid record and exits 0', async (t) => {
  const origin = await anOrigin(t)
  for (const transport of ['tcp', 'quic']) {
    const url = `https://127.0.0.1:${origin.port}/live/test.flv`
    const { code, stdout } = await probe(
      url,
      '--transport',
      transport,
      '--duration',
      '3',
      '--json',
      '--insecure',
    )
    assert.equal(code, 0)
    assert.equal(stdout.trim().split('\n').length, 1)
    const record = recordOf(stdout)
    assert.deepEqual([record.transport, record.failure_code], [transport, null])
    assert.ok(record.handshake_ms && record.first_frame_ms && record.played_ms)
  }
})

test('probe against a port where nothing listens exits 1, and the record says why', async () => {
  const url = `https://127.0.0.1:${await closedPort()}/live/test.flv`
  const tcp = await probe(url, '--transport', 'tcp', '--duration', '5', '--json', '--insecure')
  assert.deepEqual([tcp.code, recordOf(tcp.stdout).failure_code], [1, 'CONNECT_REFUSED'])
  const quic = await probe(url, '--transport', 'quic', '--duration', '5', '--json', '--insecure')
  assert.deepEqual([quic.code, recordOf(quic.stdout).failure_code], [1, 'CONNECT_TIMEOUT'])
})

test('probe --pair shows both transports side by side, and as two records of one pair', async (t) => {
  const origin = await anOrigin(t)
  const url = `https://127.0.0.1:${origin.port}/live/test.m3u8`
  const shown = await probe(url, '--pair', '--duration', '2', '--ca', origin.ca_file)
  assert.equal(shown.code, 0)
  for (const word of ['TCP', 'QUIC', 'HTTP/2', 'HTTP/3', 'connect time', 'stall ratio'])
    assert.ok(shown.stdout.includes(word), word)
  const json = await probe(url, '--pair', '--duration', '2', '--ca', origin.ca_file, '--json')
  const [tcp, quic] = json.stdout.trim().split('\n').map(recordOf)
  assert.deepEqual([tcp?.transport, quic?.transport], ['tcp', 'quic'])
  assert.equal(tcp?.pair_id, quic?.pair_id)
  assert.deepEqual([tcp?.pair_position, quic?.pair_position].sort(), [0, 1])
})

test('probe of a failing target prints a waterfall of what it reached and who is to blame', async (t) => {
  const origin = await anOrigin(t)
  const { code, stdout } = await probe(
    `https://127.0.0.1:${origin.port}/live/none.flv`,
    '--insecure',
    '--duration',
    '2',
  )
  assert.equal(code, 1)
  assert.match(stdout, /connect time\s+[\d.]+ ms/)
  assert.match(stdout, /HTTP_STATUS 404 \(target\)/)
})

test('arguments that make no sense exit 2 with a code and no stack', async () => {
  for (const [args, expected] of [
    [['nonsense'], /^BAD_ARGUMENT: "nonsense"/],
    [[], /^BAD_ARGUMENT: one URL/],
    [['ftp://127.0.0.1/x'], /^BAD_ARGUMENT/],
    [['https://127.0.0.1/x', '--duration', 'long'], /^BAD_ARGUMENT: --duration/],
    [['https://127.0.0.1/x', '--transport', 'sctp'], /^BAD_ARGUMENT: --transport takes tcp, quic/],
    [['https://127.0.0.1/x', '--ca', '/no/such.pem'], /^CA_UNREADABLE/],
    [['https://127.0.0.1/x', '--what'], /^ERR_PARSE_ARGS_UNKNOWN_OPTION/],
    [['https://127.0.0.1/x', '--http-version', '3'], /^BAD_ARGUMENT: HTTP\/3 is not spoken over tcp/],
  ] as const) {
    const { code, stderr } = await probe(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n\s+at /)
  }
})
