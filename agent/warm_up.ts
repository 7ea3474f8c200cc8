import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target, Transport } from '@streamgauge/contract'
import { type Origin, startOrigin } from './origin/origin.ts'
import { probe } from './probe/run.ts'

const ROUNDS = 2
const RUN_MS = 150

/**
 * Makes the runs that do not count: the first run of a process compiles code and starts threads for tens of
 * milliseconds, which would be blamed on the network. Pulls a throwaway origin on loopback; no packet leaves the
 * machine. A machine on which this cannot be done starts cold.
 * @returns whether it was done
 */
export async function warmUp(transports: readonly Transport[]): Promise<boolean> {
  let folder: string | null = null
  let origin: Origin | null = null
  try {
    folder = mkdtempSync(join(tmpdir(), 'streamgauge-warm-up-'))
    origin = await startOrigin({
      host: '127.0.0.1',
      port: 0,
      http_port: null,
      data_dir: folder,
      streams: ['test'],
      bitrate_bps: 2_000_000,
      gop_s: 1,
      congestion: null,
      names: [],
    })
    for (let round = 0; round < ROUNDS; round++) {
      for (const target of targetsOf(origin, transports)) {
        await probe(target, {
          agent_id: 'warm-up',
          kind: 'stream',
          duration_ms: RUN_MS,
          policy: { start_ms: 1_000, resume_ms: 1_000 },
          pair: null,
        })
      }
    }
    return true
  } catch {
    return false
  } finally {
    await origin?.close()
    if (folder !== null) rmSync(folder, { recursive: true, force: true })
  }
}

function targetsOf(origin: Origin, transports: readonly Transport[]): Target[] {
  const ways = [
    { transport: 'tcp', http_version: '1.1' },
    { transport: 'tcp', http_version: '2' },
    { transport: 'quic', http_version: '3' },
  ] as const
  return ways
    .filter((way) => transports.includes(way.transport))
    .flatMap((way) =>
      (['flv', 'hls'] as const).map((format) => ({
        ...way,
        target_id: 'warm-up',
        url: `https://127.0.0.1:${origin.port}/live/test.${format === 'flv' ? 'flv' : 'm3u8'}`,
        node_id: 'warm-up',
        stream_id: 'test',
        route: 'public',
        provider: 'own',
        format,
        ca_pem: origin.ca_pem,
        insecure: false,
      })),
    )
}
