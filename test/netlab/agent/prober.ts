import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunOptions } from '@streamgauge/agent/probe/run.ts'
import type { Measurement, Target } from '@streamgauge/contract'
import { aTarget } from '../../support/measurement.ts'
import { PROGRAMS } from '../../support/process.ts'
import type { Host } from '../host.ts'

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))
const OPTIONS: RunOptions = {
  agent_id: 'agent-1',
  kind: 'stream',
  duration_ms: 8_000,
  policy: { start_ms: 1_000, resume_ms: 1_000 },
  pair: null,
}

/** Makes one run from a host. */
export type Prober = (target: Partial<Target>, options?: Partial<RunOptions>) => Promise<Measurement>

/** The agent's own `probe` on a host, warmed up, in a process that stays. */
export async function startProber(host: Host): Promise<Prober> {
  const child = host.fork(PROGRAM)
  await once(child, 'message')
  return async (target, options = {}) => {
    child.send({ target: aTarget(target), options: { ...OPTIONS, ...options } })
    const [measurement]: Measurement[] = await once(child, 'message')
    if (measurement === undefined) throw new Error('the prober said nothing')
    return measurement
  }
}

/** The origin on a host, with its congestion control for TCP; QUIC's is CUBIC. */
export async function startOrigin(
  t: TestContext,
  host: Host,
  congestion: 'cubic' | 'bbr' = 'cubic',
): Promise<{ readonly url: string; readonly ca_pem: string }> {
  const data = mkdtempSync(join(tmpdir(), 'origin-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const args = ['origin', '--host', host.address, '--port', '8443', '--data-dir', data]
  const child = host.fork(PROGRAMS.agent, [...args, '--congestion', congestion], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [ready]: { ca_file: string }[] = await once(child, 'message')
  if (ready === undefined) throw new Error('the origin is not ready')
  return { url: `https://${host.address}:8443/live/test.flv`, ca_pem: readFileSync(ready.ca_file, 'utf8') }
}
