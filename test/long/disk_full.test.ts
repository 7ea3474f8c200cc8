import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { v7 as uuidv7 } from 'uuid'
import { runCollector } from '../support/collector_process.ts'
import { readStore } from '../support/fire.ts'
import { sentMeasurement } from '../support/measurement.ts'
import { stop, until } from '../support/process.ts'

const TOKEN = 'agent-token-of-the-full-disk'
const ROWS = 200
const ROOM_BYTES = 400_000_000

test('a full disk turns batches away with a code, loses nothing acknowledged, and takes them again when there is room', async (t) => {
  const disk = mounted(t)
  if (disk === null) return
  const start = () =>
    runCollector(t, ['serve'], {
      DATA_DIR: join(disk, 'data'),
      PORT: '0',
      AGENT_TOKEN: TOKEN,
      LOG_LEVEL: 'silent',
    })
  const collector = start()
  const port = await collector.ready
  const acknowledged = new Set<string>()
  const send = async (key: string, ids: readonly string[]) => {
    const rows = ids.map((measurement_id) => JSON.stringify(sentMeasurement({ measurement_id })))
    const response = await fetch(`http://127.0.0.1:${port}/v1/measurements`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': key,
      },
      body: rows.join('\n'),
    })
    const answer = await response.text()
    if (response.status === 200) for (const id of ids) acknowledged.add(id)
    return { status: response.status, answer, retry: response.headers.get('retry-after') }
  }
  const batch = () => Array.from({ length: ROWS }, () => uuidv7())
  assert.equal((await send('before', batch())).status, 200)

  const ballast = join(disk, 'ballast')
  fill(disk, ballast)
  const turnedAway = batch()
  const refused = await send('full', turnedAway)
  assert.equal(refused.status, 503, refused.answer)
  assert.equal(JSON.parse(refused.answer).code, 'DISK_FULL')
  assert.ok(Number(refused.retry) > 0)
  assert.equal(collector.child.exitCode, null, collector.output())

  rmSync(ballast)
  const after = await until(
    () => send('full', turnedAway),
    ({ status }) => status === 200,
    60_000,
  )
  assert.equal(after.status, 200)
  await stop(collector.child, 'SIGTERM')
  const store = await readStore({ path: join(disk, 'data', 'clickhouse') })
  t.diagnostic(`full: ${refused.answer}; ${store.count} rows`)
  assert.deepEqual([store.count, store.twice], [2 * ROWS, 0])
  assert.ok([...acknowledged].every((id) => store.ids.has(id)))
  assert.deepEqual(store.minutes, store.recounted)
  assert.deepEqual(store.sample, store.recountedSample)
})

/** A small file system of its own; `null`, and the test skipped, without the right to make one. */
function mounted(t: TestContext): string | null {
  const at = mkdtempSync(join(tmpdir(), 'streamgauge-test-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_BYTES}`, 'tmpfs', at], { stdio: 'pipe' })
  } catch (error) {
    t.skip(`cannot mount a file system: ${error instanceof Error ? error.message : error}`)
    rmdirSync(at)
    return null
  }
  t.after(() => {
    execFileSync('umount', ['-l', at])
    rmdirSync(at)
  })
  return at
}

/** Leaves no room at all. */
function fill(disk: string, file: string) {
  for (;;) {
    const { bavail, bsize } = statfsSync(disk)
    if (bavail === 0) return
    try {
      writeFileSync(file, Buffer.alloc(Math.min(bavail * bsize, 16_000_000)), { flag: 'a' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}
