import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@streamgauge/collector/report/random.ts'
import { sentMeasurement } from './measurement.ts'

// Run as a process of its own, so that it can be killed: sends small batches of many agents, old ones and new ones, out of
// order, and remembers on disk what it sent and what was acknowledged. Ends when told `finish` and nothing is open.

const LANES_COUNT = 12
const BATCH_ROWS_MAX = 50
const REQUEST_MAX_MS = 20_000
/** While nobody answers, no more than this is made. */
const OPEN_MAX_COUNT = 300

const [url = '', token = '', file = '', seed = '0'] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const pick = (count: number) => Math.floor(random() * count)

const db = new DatabaseSync(file)
db.exec(`PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS batches (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, body TEXT NOT NULL,
    rows INTEGER NOT NULL, acked INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS open_batches ON batches (seq) WHERE acked = 0;
  CREATE TABLE IF NOT EXISTS wrong (answer TEXT NOT NULL) STRICT;`)
const insert = db.prepare('INSERT INTO batches (key, body, rows, acked, sent) VALUES (?, ?, ?, 0, 0)')
const highest = db.prepare('SELECT ifnull(max(seq), 0) AS n FROM batches')
const find = db.prepare('SELECT * FROM batches WHERE seq = ?')
const open = db.prepare('SELECT * FROM batches WHERE acked = 0 ORDER BY seq LIMIT 64')
const opened = db.prepare('SELECT count(*) AS n FROM batches WHERE acked = 0')
const sending = db.prepare('UPDATE batches SET sent = sent + 1 WHERE seq = ?')
const acknowledge = db.prepare('UPDATE batches SET acked = 1 WHERE seq = ?')
const complain = db.prepare('INSERT INTO wrong (answer) VALUES (?)')

const underway = new Set<number>()
let finishing = false
process.on('message', (message) => {
  finishing = message === 'finish'
})
process.on('disconnect', () => process.exit(1))
await Promise.all(Array.from({ length: LANES_COUNT }, lane))
db.close()
process.removeAllListeners('disconnect')
process.disconnect()

async function lane() {
  for (;;) {
    if (finishing) {
      const row = free()
      if (row === undefined) return
      await send(row)
      continue
    }
    const row = choose()
    // One in seven goes twice at the same time.
    await Promise.all(pick(7) === 0 ? [send(row), send(row)] : [send(row)])
  }
}

/** A new batch, the oldest that is open, or any there ever was: most of those were acknowledged long ago. */
function choose() {
  const last = Number(highest.get()?.n)
  const dice = pick(10)
  const known =
    dice < 2 || Number(opened.get()?.n) >= OPEN_MAX_COUNT
      ? free()
      : dice < 4 && last > 0
        ? find.get(1 + pick(last))
        : undefined
  return known ?? find.get(made(last))
}

/** The oldest that is open and not on its way. */
function free() {
  return open.all().find(({ seq }) => !underway.has(Number(seq)))
}

function made(last: number): number {
  const agent = `fire-${pick(200)}`
  const rows = Array.from({ length: 1 + pick(BATCH_ROWS_MAX) }, () => {
    const played_ms = 5_000 + pick(5_000)
    const stall_ms = 10_000 - played_ms
    const target_id = `target-${pick(5)}`
    const taints = pick(20) === 0 ? ['clock_offset' as const] : []
    const started_at = new Date(Date.now() - pick(7_200_000)).toISOString()
    return sentMeasurement({
      agent_id: agent,
      target_id,
      played_ms,
      stall_ms,
      taints,
      started_at,
      stall_count: 1,
      stall_max_ms: stall_ms,
    })
  })
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  const { lastInsertRowid } = insert.run(`fire-${seed}-${last + 1}-${pick(1_000_000)}`, body, rows.length)
  return Number(lastInsertRowid)
}

async function send(row: ReturnType<typeof find.get>) {
  if (row === undefined) return
  const seq = Number(row.seq)
  sending.run(seq)
  underway.add(seq)
  try {
    const response = await fetch(`${url}/v1/measurements`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': String(row.key),
      },
      body: String(row.body),
      signal: AbortSignal.timeout(REQUEST_MAX_MS),
    })
    const text = await response.text()
    if (response.status === 200) {
      if (JSON.parse(text).accepted !== row.rows) complain.run(`${row.key}: ${text.slice(0, 1_000)}`)
      acknowledge.run(seq)
    } else {
      if (response.status !== 503 || !response.headers.has('retry-after'))
        complain.run(`${row.key}: ${response.status} ${text.slice(0, 1_000)}`)
      await sleep(100)
    }
  } catch {
    // Nobody is there, or the answer was cut off: it is sent again some time.
    await sleep(200)
  } finally {
    underway.delete(seq)
  }
}
