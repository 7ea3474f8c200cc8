import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Measurement, Target } from '@streamgauge/contract'
import type { Host } from '../../netlab/host.ts'
import { PROGRAMS } from '../../support/process.ts'

/**
 * What is compared: TCP from our origin with either congestion control, QUIC from our origin (quiche: CUBIC, which
 * begins with a window of 1,000 packets where TCP begins with 10), and QUIC from Caddy in front of it (quic-go: Reno,
 * which begins with 32).
 */
export const ARMS = ['tcp-cubic', 'tcp-bbr', 'quic-quiche', 'quic-go'] as const
export type Arm = (typeof ARMS)[number]

/** One run against each arm, back to back. */
export type Round = ReadonlyMap<Arm, Measurement>

const CUBIC_PORT = 8_443
const BBR_PORT = 8_444
const CADDY_PORT = 8_445
const STARTED = 'serving initial configuration'

/** Starts the servers of every arm on a host, with their files in `folder`; they end with the lab. */
export async function startServers(host: Host, folder: string): Promise<Record<Arm, Partial<Target>>> {
  const cubic = await startOrigin(host, CUBIC_PORT, join(folder, 'cubic'), [
    '--congestion',
    'cubic',
    '--http-port',
    '8080',
  ])
  const bbr = await startOrigin(host, BBR_PORT, join(folder, 'bbr'), ['--congestion', 'bbr'])
  await startCaddy(host, dirname(cubic))
  const at = (port: number, ca_file: string, transport: Target['transport']) => ({
    url: `https://${host.address}:${port}/live/test.flv`,
    ca_pem: readFileSync(ca_file, 'utf8'),
    transport,
  })
  return {
    'tcp-cubic': at(CUBIC_PORT, cubic, 'tcp'),
    'tcp-bbr': at(BBR_PORT, bbr, 'tcp'),
    'quic-quiche': at(CUBIC_PORT, cubic, 'quic'),
    'quic-go': at(CADDY_PORT, cubic, 'quic'),
  }
}

/** @returns the file of its authority */
async function startOrigin(
  host: Host,
  port: number,
  data: string,
  options: readonly string[],
): Promise<string> {
  const args = ['origin', '--host', host.address, '--port', String(port), '--data-dir', data, ...options]
  const child = host.fork(PROGRAMS.agent, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [ready]: { ca_file: string }[] = await once(child, 'message')
  if (ready === undefined) throw new Error('the origin is not ready')
  return ready.ca_file
}

/** Caddy in front of the origin, with the origin's certificate. */
async function startCaddy(host: Host, folder: string): Promise<void> {
  const config = join(folder, 'Caddyfile')
  writeFileSync(
    config,
    `{
  admin off
  auto_https off
  servers {
    protocols h1 h2 h3
  }
}
https://${host.address}:${CADDY_PORT} {
  tls ${join(folder, 'cert.pem')} ${join(folder, 'key.pem')}
  reverse_proxy ${host.address}:8080 {
    flush_interval -1
  }
}
`,
  )
  const caddy = host.spawn('caddy', ['run', '--config', config, '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder },
  })
  let said = ''
  const started = new Promise<void>((resolve) => {
    caddy.once('exit', () => resolve())
    caddy.stderr?.on('data', (text) => {
      if (said.length < 100_000) said += String(text)
      if (said.includes(STARTED)) resolve()
    })
  })
  await started
  if (!said.includes(STARTED)) throw new Error(`Caddy ended: ${said}`)
}
