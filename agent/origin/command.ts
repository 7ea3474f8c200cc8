import { parseArgs } from 'node:util'
import { type Command, oneOf, UsageError } from '../cli/arguments.ts'
import { untilStopped } from '../cli/stop.ts'
import { CONGESTION_CONTROLS } from '../net/congestion.ts'
import { GOPS_S } from './clip/clip.ts'
import { startOrigin } from './origin.ts'

const USAGE = `streamgauge-agent origin [--port 8443] [--host 127.0.0.1] [--http-port N] [--stream test]...
  [--bitrate 2000000] [--gop 1|2|4] [--congestion cubic|bbr] [--name HOST]... [--data-dir ./data/origin] [--no-alt-svc]

A live test stream over HTTP/1.1, HTTP/2 and HTTP/3 on one port: /live/<stream>.flv (HTTP-FLV),
/live/<stream>.m3u8 (HLS) and /live/<stream>.ll.m3u8 (LL-HLS). Answers over TCP name HTTP/3 in Alt-Svc, unless
--no-alt-svc says not to.
Its certificate and the authority behind it are made at first start and kept in the data folder.
`

/** The live test streams; ends on SIGINT, SIGTERM, or when the process that started it is gone. */
export const originCommand: Command = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8443' },
      host: { type: 'string', default: '127.0.0.1' },
      'http-port': { type: 'string' },
      'data-dir': { type: 'string', default: './data/origin' },
      stream: { type: 'string', multiple: true, default: ['test'] },
      bitrate: { type: 'string', default: '2000000' },
      gop: { type: 'string', default: '2' },
      congestion: { type: 'string' },
      name: { type: 'string', multiple: true, default: [] },
      'no-alt-svc': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const gop = Number(values.gop)
  const gop_s = GOPS_S.find((seconds) => seconds === gop)
  if (gop_s === undefined)
    throw new UsageError('BAD_ARGUMENT', `--gop takes ${GOPS_S.join(', ')}, not "${values.gop}"`)
  for (const id of values.stream) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(id))
      throw new UsageError('BAD_ARGUMENT', `--stream takes letters, digits and . _ -, not "${id}"`)
    if (id.endsWith('.ll'))
      throw new UsageError('BAD_ARGUMENT', `--stream "${id}": names in .ll are those of LL-HLS playlists`)
  }
  const origin = await startOrigin({
    host: values.host,
    port: wholeNumber(values.port, '--port', 0, 65_535),
    http_port:
      values['http-port'] === undefined ? null : wholeNumber(values['http-port'], '--http-port', 0, 65_535),
    data_dir: values['data-dir'],
    streams: values.stream,
    bitrate_bps: wholeNumber(values.bitrate, '--bitrate', 1, 1_000_000_000),
    gop_s,
    congestion:
      values.congestion === undefined ? null : oneOf(values.congestion, '--congestion', CONGESTION_CONTROLS),
    names: values.name,
    advertise_h3: !values['no-alt-svc'],
  })
  const base = `https://${values.host.includes(':') ? `[${values.host}]` : values.host}:${origin.port}`
  for (const id of values.stream) {
    for (const kind of ['flv', 'm3u8', 'll.m3u8']) process.stdout.write(`${base}/live/${id}.${kind}\n`)
  }
  process.stdout.write(`HTTP/1.1, HTTP/2 (TCP) and HTTP/3 (UDP); the authority to trust: ${origin.ca_file}\n`)
  process.send?.({ type: 'ready', port: origin.port, ca_file: origin.ca_file })
  await untilStopped()
  await origin.close()
  return 0
}

function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
    throw new UsageError('BAD_ARGUMENT', `${name} takes a whole number from ${min} to ${max}, not "${text}"`)
  return value
}
