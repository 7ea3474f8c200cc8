import { stringify } from 'yaml'
import type { ConfigFile } from '../config/schema.ts'
import { StartError } from '../error.ts'

/** Where this machine is; `null` coordinates: not said. */
export interface Place {
  readonly country: string
  readonly isp: string
  readonly latitude: number | null
  readonly longitude: number | null
}

const NOWHERE: Place = { country: 'ZZ', isp: 'unknown', latitude: null, longitude: null }

/** Reads `SG,Singtel,1.35,103.82`; the coordinates may be left out. Throws `ENVIRONMENT_INVALID`. */
export function parsePlace(text: string | undefined): Place {
  if (text === undefined) return NOWHERE
  const [country = '', isp = '', latitude, longitude, ...rest] = text.split(',').map((part) => part.trim())
  const numbers = [latitude, longitude].map((part) => (part === undefined ? null : Number(part)))
  const sound = numbers.every((number) => number === null || Number.isFinite(number))
  if (!/^[A-Z]{2}$/.test(country) || isp === '' || !sound || rest.length > 0) {
    throw new StartError('ENVIRONMENT_INVALID', 'LOCATION must be like SG,Singtel,1.35,103.82')
  }
  return { country, isp, latitude: numbers[0] ?? null, longitude: numbers[1] ?? null }
}

/**
 * The configuration of one machine that measures its own origin: FLV and HLS, each as a pair over TCP and QUIC; and `beside` it
 * what else there is.
 */
export function localConfig(
  place: Place,
  originPort: number,
  caFile: string,
  beside: ConfigFile = {},
): string {
  const { country, isp, latitude, longitude } = place
  const target = (format: 'flv' | 'hls', transport: 'tcp' | 'quic') => ({
    target_id: `local-${format}-${transport}`,
    url: `https://127.0.0.1:${originPort}/live/test.${format === 'flv' ? 'flv' : 'm3u8'}`,
    node_id: 'local',
    stream_id: 'test',
    transport,
    format,
    ca_file: caFile,
  })
  const pair = (format: 'flv' | 'hls') => ({
    assignment_id: `local-${format}`,
    agents: ['local'],
    targets: [`local-${format}-tcp`, `local-${format}-quic`],
    cron: '*/30 * * * * *',
    duration_ms: 10_000,
  })
  const config = {
    nodes: [
      { node_id: 'local', name: 'This machine', kind: 'edge', country, latitude, longitude, isps: [isp] },
      ...(beside.nodes ?? []),
    ],
    targets: [
      target('flv', 'tcp'),
      target('flv', 'quic'),
      target('hls', 'tcp'),
      target('hls', 'quic'),
      ...(beside.targets ?? []),
    ],
    agents: [{ agent_id: 'local', country, isp, latitude, longitude }, ...(beside.agents ?? [])],
    assignments: [pair('flv'), pair('hls')],
  }
  return `# Made by "streamgauge-collector start"; set CONFIG to use a file of your own instead.\n${stringify(config)}`
}
