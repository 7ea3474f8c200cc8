import { parseArgs } from 'node:util'
import type { Measurement, Target, Transport } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { probe, type RunOptions } from '../probe/run.ts'
import { warmUp } from '../warm_up.ts'
import { type Command, oneOf, secondsOf, UsageError } from './arguments.ts'
import { describe, urlOf } from './target.ts'
import { sideBySide, waterfall } from './waterfall.ts'

const USAGE = `streamgauge-agent probe URL [--transport tcp|quic] [--http-version 1.1|2|3] [--duration s]
  [--format flv|hls|ll-hls] [--connect] [--pair] [--json] [--insecure] [--ca file] [--address IP] [--server-name NAME]
  [--header 'name: value']... [--sign tencent:KEY|aliyun:KEY] [--resumption cold|resumed|zero-rtt] [--cmcd]

Pulls URL once and says what a viewer would have seen: a waterfall of the phases and a strip of the stalls.
  --pair         TCP and QUIC back to back in random order, shown side by side
  --connect      only open the connection
  --json         the record, one line per run
  --format       what the URL is; by its ending, .m3u8 is hls and anything else flv
  --address      connect to this address, under the URL's name
  --server-name  name for SNI and the certificate, where it is not the URL's
  --header       goes with every request; "host: NAME" replaces the URL's own
  --sign         sign the URL as these CDNs ask for it, good for an hour
  --resumption   resume a connection made just before; zero-rtt also sends the request with QUIC's first packet
  --cmcd         send CMCD (CTA-5004) headers, with the measurement's id as session id
Exit code: 0 done, 1 the run failed (the record says why), 2 bad arguments.
`

/** One run (or one pair) by hand. */
export const probeCommand: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      transport: { type: 'string', default: 'tcp' },
      'http-version': { type: 'string' },
      duration: { type: 'string', default: '20' },
      connect: { type: 'boolean', default: false },
      pair: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      insecure: { type: 'boolean', default: false },
      ca: { type: 'string' },
      format: { type: 'string' },
      address: { type: 'string' },
      'server-name': { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      sign: { type: 'string' },
      resumption: { type: 'string' },
      cmcd: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const [given, ...more] = positionals
  if (given === undefined || more.length > 0)
    throw new UsageError('BAD_ARGUMENT', `one URL, please\n\n${USAGE}`)
  const url = urlOf(given)
  const versionText = values['http-version']
  const version = versionText === undefined ? null : oneOf(versionText, '--http-version', ['1.1', '2', '3'])
  const asked = oneOf(values.transport, '--transport', ['tcp', 'quic'])
  if (version !== null && !values.pair && (version === '3') !== (asked === 'quic'))
    throw new UsageError('BAD_ARGUMENT', `HTTP/${version} is not spoken over ${asked}`)
  const options: Omit<RunOptions, 'pair'> = {
    agent_id: 'by-hand',
    kind: values.connect ? 'connect' : 'stream',
    duration_ms: secondsOf(values.duration, '--duration', 1, 600),
    policy: { start_ms: 1_000, resume_ms: 1_000 },
  }
  const described = describe(url, values)
  const target = (transport: Transport): Target => ({
    ...described,
    target_id: `${described.target_id}/${transport}`,
    transport,
    http_version: values.pair ? null : version,
  })

  await warmUp(values.pair ? ['tcp', 'quic'] : [asked])
  if (!values.pair) {
    const measurement = await probe(target(asked), { ...options, pair: null })
    process.stdout.write(values.json ? `${JSON.stringify(measurement)}\n` : waterfall(measurement, url.href))
    return measurement.failure_code === null ? 0 : 1
  }
  const runs = await pairOf(target, options)
  if (values.json) for (const run of runs) process.stdout.write(`${JSON.stringify(run)}\n`)
  else process.stdout.write(sideBySide(runs, url.href))
  return runs.every((run) => run.failure_code === null) ? 0 : 1
}

/** Both transports in random order; the answer is always TCP first. */
async function pairOf(
  target: (transport: Transport) => Target,
  options: Omit<RunOptions, 'pair'>,
): Promise<Measurement[]> {
  const order: readonly Transport[] = Math.random() < 0.5 ? ['tcp', 'quic'] : ['quic', 'tcp']
  const pair_id = uuidv7()
  const runs: Measurement[] = []
  for (const [index, transport] of order.entries()) {
    const position = index === 0 ? 0 : 1
    runs.push(await probe(target(transport), { ...options, pair: { pair_id, position } }))
  }
  return runs.toSorted((a, b) => b.transport.localeCompare(a.transport))
}
