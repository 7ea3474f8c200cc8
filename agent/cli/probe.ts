import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { HttpVersion, Measurement, Target, Transport } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { probe, type RunOptions } from '../probe/run.ts'
import { warmUp } from '../warm_up.ts'
import { type Command, oneOf, secondsOf, UsageError } from './arguments.ts'
import { sideBySide, waterfall } from './waterfall.ts'

const USAGE = `streamgauge-agent probe URL [--transport tcp|quic] [--http-version 1.1|2|3] [--duration s]
  [--connect] [--pair] [--json] [--insecure] [--ca file]

Pulls URL once and says what a viewer would have seen: a waterfall of the phases and a strip of the stalls.
  --pair      TCP and QUIC back to back in random order, shown side by side
  --connect   only open the connection
  --json      the record, one line per run
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
  const target = (transport: Transport): Target =>
    targetOf(
      url,
      transport,
      values.pair ? null : version,
      values.ca ? pemOf(values.ca) : null,
      values.insecure,
    )

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

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError('BAD_ARGUMENT', `"${text}" is not an http or https URL`)
  return url
}

function pemOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      'CA_UNREADABLE',
      `--ca ${file}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** A target made of a URL alone: its names come from the host and the path. */
function targetOf(
  url: URL,
  transport: Transport,
  http_version: HttpVersion | null,
  ca_pem: string | null,
  insecure: boolean,
): Target {
  const playlist = url.pathname.endsWith('.m3u8') || url.pathname.endsWith('.m3u')
  const name =
    url.pathname
      .split('/')
      .at(-1)
      ?.replace(/\.[a-z0-9]+$/i, '') ?? ''
  const safe = (text: string) =>
    text.replace(/[^A-Za-z0-9._:/@+-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'unnamed'
  return {
    target_id: safe(`${url.host}${url.pathname}`).slice(0, 120).concat(`/${transport}`),
    url: url.href,
    node_id: safe(url.host).slice(0, 128),
    stream_id: safe(name).slice(0, 128),
    route: 'public',
    provider: 'unknown',
    transport,
    http_version,
    format: playlist ? 'hls' : 'flv',
    ca_pem,
    insecure,
  }
}
