import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tempDir } from '../support/collector.ts'
import { runCollector } from '../support/collector_process.ts'

// What the demo shows is looked at in test/long/demo.test.ts: making a day of a world takes a while.
test("the demo is not mixed with a configuration of one's own", async (t) => {
  const folder = await tempDir(t)
  const { ended, output } = runCollector(t, ['demo'], {
    DATA_DIR: folder,
    CONFIG: '/etc/mine.yaml',
    PORT: '0',
  })
  assert.equal(await ended, 2)
  assert.match(output(), /^ENVIRONMENT_INVALID: the demo makes its own configuration; unset CONFIG$/m)
})
