import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet, MeasurementPage } from '@streamgauge/contract'
import { tempDir } from '../support/collector.ts'
import { freePort, runCollector } from '../support/collector_process.ts'

const TOKEN = 'admin-of-the-demo'

test('the demo shows a day of a simulated world, goes on in real time, and a second start goes on from there', async (t) => {
  const folder = await tempDir(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATA_DIR: folder,
    PORT: `${port}`,
    ORIGIN_PORT: `${await freePort()}`,
    ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'warn',
  }
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })
    return (await response.json()) as T
  }
  const started = async () => {
    const demo = runCollector(t, ['demo'], env)
    while (!demo.output().includes('Ctrl-C')) {
      assert.equal(demo.child.exitCode, null, demo.output())
      await sleep(100)
    }
    return demo
  }
  const first = await started()
  assert.match(first.output(), /simulated world/)
  assert.match(first.output(), /\[world\] making up the last 24 hours/)

  const fleet = await get<Fleet>('/v1/fleet')
  assert.equal(fleet.nodes.length, 1_301)
  assert.equal(fleet.agents.length, 3_001)
  const page = (query: string) => get<MeasurementPage>(`/v1/measurements?limit=1&${query}`)
  const yesterday = new Date(Date.now() - 23 * 3_600_000).toISOString()
  const [old] = (await page(`to=${yesterday}`)).measurements
  assert.equal(old?.simulated, true)

  // Real time: runs that began after the past was made.
  const since = new Date().toISOString()
  const anyFresh = async () =>
    (await get<MeasurementPage>(`/v1/measurements?limit=50&from=${since}`)).measurements
  let seen = await anyFresh()
  while (!seen.some((run) => run.simulated)) {
    await sleep(250)
    seen = await anyFresh()
  }
  first.child.kill('SIGTERM')
  assert.equal(await first.ended, 0)

  const second = await started()
  assert.doesNotMatch(second.output(), /making up/)
  second.child.kill('SIGTERM')
  assert.equal(await second.ended, 0)
})
