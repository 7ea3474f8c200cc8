import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Origin, type OriginOptions, startOrigin } from '@streamgauge/agent/origin/origin.ts'

/** An origin on free ports of loopback, with a data folder of its own; both go with the test. */
export async function anOrigin(t: TestContext, overrides: Partial<OriginOptions> = {}): Promise<Origin> {
  const data_dir = mkdtempSync(join(tmpdir(), 'origin-'))
  const origin = await startOrigin({
    host: '127.0.0.1',
    port: 0,
    http_port: null,
    data_dir,
    streams: ['test'],
    bitrate_bps: 2_000_000,
    gop_s: 2,
    congestion: null,
    names: [],
    ...overrides,
  })
  t.after(async () => {
    await origin.close()
    rmSync(data_dir, { recursive: true, force: true })
  })
  return origin
}
