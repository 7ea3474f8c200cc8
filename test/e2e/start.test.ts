import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type MeasurementPage, StoredMeasurement } from '@streamgauge/contract'
import { PROGRAMS, until } from '../support/process.ts'
import { closedPort } from '../support/server.ts'

const TOKEN = 'admin-of-start'

/** `npm start`, in a process group of its own, as a terminal would have it. */
async function startAll(t: TestContext, overrides: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'start-'))
  const port = await closedPort()
  const child = spawn(process.execPath, [PROGRAMS.collector, 'start'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      ADMIN_TOKEN: TOKEN,
      PORT: String(port),
      ORIGIN_PORT: String(await closedPort()),
      DATA_DIR: join(folder, 'data'),
      ...overrides,
    },
  })
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => (said += bytes))
  child.stderr.on('data', (bytes: Buffer) => (said += bytes))
  const group = child.pid ?? 0
  t.after(() => {
    if (membersOf(group).length > 0) process.kill(-group, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return { child, group, url: `http://127.0.0.1:${port}`, said: () => said }
}

/** Processes of a group that are still there (Linux: field 5 of /proc/<pid>/stat). */
function membersOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')
        return Number(fields[2]) === group && fields[0] !== 'Z'
      } catch {
        return false
      }
    })
}

test('npm start: within a minute the live stream is measured over TCP and QUIC; Ctrl-C leaves nothing behind', async (t) => {
  if (process.platform !== 'linux') return t.skip('looks for processes in /proc')
  const { child, group, url, said } = await startAll(t)
  const newest = async (transport: string) => {
    try {
      const response = await fetch(`${url}/v1/measurements?transport=${transport}&limit=5`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      return ((await response.json()) as MeasurementPage).measurements
    } catch {
      return []
    }
  }
  const started = performance.now()
  for (const transport of ['quic', 'tcp']) {
    const rows = await until(
      () => newest(transport),
      (found) => found.some((m) => m.kind === 'stream' && m.failure_code === null),
      60_000 - (performance.now() - started),
    )
    const row = rows.find((m) => m.failure_code === null)
    assert.ok(row?.handshake_ms && row.first_frame_ms && row.played_ms, `${transport} ${JSON.stringify(row)}`)
    assert.deepEqual(Object.keys(row), Object.keys(StoredMeasurement.properties), 'every field of the record')
  }
  assert.match(said(), /dashboard\s+http:\/\//)
  assert.equal(membersOf(group).length, 4, 'supervisor, origin, collector, agent')

  // A terminal sends Ctrl-C to the whole group.
  const stopping = performance.now()
  process.kill(-group, 'SIGINT')
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
  assert.equal(code, 0)
  assert.ok(performance.now() - stopping < 5_000)
  assert.deepEqual(membersOf(group), [])
})

test('npm start: when the supervisor is killed with -9, the others end by themselves', async (t) => {
  if (process.platform !== 'linux') return t.skip('looks for processes in /proc')
  const { child, group, said } = await startAll(t)
  await until(
    async () => said(),
    (text) => /dashboard\s+http:\/\//.test(text),
    60_000,
  )
  child.kill('SIGKILL')
  await until(
    async () => membersOf(group),
    (members) => members.length === 0,
    10_000,
  )
})

test('npm start: a port that is taken is a message with a code and exit 2, and nothing stays behind', async (t) => {
  if (process.platform !== 'linux') return t.skip('looks for processes in /proc')
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const address = taken.address()
  const port = String(typeof address === 'object' && address !== null ? address.port : 0)
  for (const variable of ['PORT', 'ORIGIN_PORT']) {
    const { child, group, said } = await startAll(t, { [variable]: port })
    const [code] = await once(child, 'exit')
    assert.equal(code, 2, said())
    assert.match(said(), /PORT_TAKEN/)
    assert.deepEqual(membersOf(group), [])
  }
})

test('npm start: a data folder that cannot be written is a message with a code and exit 2', async (t) => {
  const { child, said } = await startAll(t, { DATA_DIR: '/dev/null/streamgauge' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 2, said())
  assert.match(said(), /DATA_DIR_UNWRITABLE/)
})
