import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { encode } from 'dns-packet'
import { as, tempDir, tokens } from '../support/collector.ts'
import { dig } from '../support/dig.ts'
import { configWith } from '../support/dns.ts'
import { faultIn, garbage } from '../support/dns_garbage.ts'
import { start, until } from '../support/process.ts'
import { needs } from '../support/tool.ts'

const MESSAGES = Number(process.env.MESSAGES ?? 1_000_000)
/** On their way at once: fewer than what sockets hold. */
const FLIGHT = 100
const GROWTH_MAX_MB = 100
/** In no other message. */
const LAST = 'last-of-a-flight-'

test('a million damaged packets over UDP and TCP leave the collector as it was, and it answers', async (t) => {
  if (!needs(t, 'dig')) return
  const folder = await tempDir(t)
  const dns = '{zone: live.example.com, name_servers: [{name: ns.example.net}], port: 0, rate_per_s: 0}'
  await writeFile(join(folder, 'test.yaml'), configWith(dns))
  const { ready } = await start(t, 'collector', ['serve'], {
    ...{ DATA_DIR: join(folder, 'data'), CONFIG: join(folder, 'test.yaml'), PORT: '0' },
    ADMIN_TOKEN: tokens.admin,
  })
  const port = Number(ready.dns_port)
  const figure = async (pattern: RegExp) => {
    const answer = await fetch(`http://127.0.0.1:${ready.port}/metrics`, { headers: as(tokens.admin) })
    const text = await answer.text()
    return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0)
  }
  const memory = () => figure(/^process_resident_memory_bytes (\d+)/gm)

  const socket = createSocket('udp4')
  t.after(() => socket.close())
  const sent = new Map<number, Buffer[]>()
  const faults: string[] = []
  socket.on('message', (answer) => {
    if (answer.includes(LAST)) return void socket.emit('last', answer.toString('latin1'))
    // Of questions under one id, the answer is one's.
    const asked = sent.get(answer.readUInt16BE(0)) ?? []
    const all = asked.map((message) => faultIn(message, answer))
    if (all.length === 0 || all.every((fault) => fault !== null)) faults.push(all.join() || 'unasked')
  })
  /** Resolves when what was sent has been read: one question more is answered behind it. */
  const passed = async (flight: number) => {
    const label = `${LAST}${flight}`
    const last = encode({ questions: [{ type: 'A', name: `${label}.live.example.com` }] })
    for (let tries = 0; tries < 60; tries += 1) {
      const came = once(socket, 'last', { signal: AbortSignal.timeout(1_000) })
      socket.send(last, port, '127.0.0.1')
      const [answer] = await came.catch(() => [''])
      if (answer.includes(label)) return
    }
    throw new Error('it answers no more')
  }
  const grownFrom = { bytes: 0 }
  for (let seed = 0; seed < MESSAGES; seed += FLIGHT) {
    sent.clear()
    for (let more = 0; more < FLIGHT; more += 1) {
      const message = garbage(seed + more)
      if (message.length >= 2) {
        const id = message.readUInt16BE(0)
        sent.set(id, [...(sent.get(id) ?? []), message])
      }
      socket.send(message, port, '127.0.0.1')
    }
    await passed(seed)
    if (seed >= MESSAGES / 10 && grownFrom.bytes === 0) grownFrom.bytes = await memory()
  }
  assert.deepEqual(faults, [])

  for (let seed = 0; seed < MESSAGES / 100; seed += 1) {
    const message = garbage(seed)
    const stream = connect(port, '127.0.0.1')
    stream.on('error', () => {})
    const isFramed = seed % 3 !== 0
    const length = Buffer.from([message.length >> 8, message.length & 255])
    stream.end(isFramed ? Buffer.concat([length, message]) : message)
    stream.resume()
    await once(stream, 'close')
  }
  await until(
    () => figure(/^streamgauge_dns_connections (\d+)/gm),
    (open) => open === 0,
    60_000,
  )
  assert.equal(await figure(/reason="failed"\} (\d+)/g), 0)
  const grown_mb = ((await memory()) - grownFrom.bytes) / 1e6
  t.diagnostic(`grown by ${grown_mb.toFixed(0)} MB`)
  assert.ok(grown_mb < GROWTH_MAX_MB, `grown by ${grown_mb} MB`)
  for (const way of ['+notcp', '+tcp']) {
    const found = await dig(port, 'main.live.example.com', 'SOA', way)
    assert.equal(found.status, 'NOERROR')
  }
})
