import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLIENTS, type Client } from '../../support/client.ts'
import { anOrigin } from '../../support/origin.ts'
import { until } from '../../support/process.ts'
import { needs, tool } from '../../support/tool.ts'

const PLAYLIST = '/live/test.ll.m3u8'
/** Clocks are read twice, and the event loop of a busy machine is late; a part is at least 320 ms. */
const EARLY_MS = 20
const LATE_MS = 300

const text = async (client: Client, path: string) => (await client({ path })).body.toString()

/** The part that the playlist hints at. */
function hintOf(playlist: string): { sequence: number; part: number } {
  const [, sequence, part] = /PRELOAD-HINT:TYPE=PART,URI="test\/(\d+)\.(\d+)\.m4s"/.exec(playlist) ?? []
  assert.ok(sequence && part, playlist)
  return { sequence: Number(sequence), part: Number(part) }
}

/** Wall-clock time at which a listed part was complete: the date of its segment, and all parts up to it. */
function availableAt(playlist: string, sequence: number, part: number): number {
  const before = playlist.slice(0, playlist.indexOf(`"test/${sequence}.${part}.m4s"`))
  const date = before.lastIndexOf('#EXT-X-PROGRAM-DATE-TIME:')
  assert.ok(date >= 0, `part ${sequence}.${part} is not in\n${playlist}`)
  const lengths = [...before.slice(date).matchAll(/PART:DURATION=([\d.]+)/g)].map(
    ([, s]) => Number(s) * 1_000,
  )
  assert.equal(lengths.length, part + 1)
  return Date.parse(before.slice(date + 25, date + 49)) + lengths.reduce((sum, ms) => sum + ms, 0)
}

for (const [version, connect] of Object.entries(CLIENTS)) {
  test(`a blocking reload over ${version} is answered when the part is there, not before, not late`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    let { sequence, part } = hintOf(await text(client, PLAYLIST))
    // A chain of reloads, as a player does: more than one whole segment of six parts.
    for (let i = 0; i < 8; i++) {
      const answer = await client({ path: `${PLAYLIST}?_HLS_msn=${sequence}&_HLS_part=${part}` })
      assert.equal(answer.status, 200)
      const playlist = answer.body.toString()
      const late_ms = answer.ended_epoch_ms - availableAt(playlist, sequence, part)
      assert.ok(late_ms > -EARLY_MS && late_ms < LATE_MS, `${late_ms} ms after the part was there`)
      const next = hintOf(playlist)
      assert.deepEqual(next, part === 5 ? { sequence: sequence + 1, part: 0 } : { sequence, part: part + 1 })
      ;({ sequence, part } = next)
    }
  })

  test(`the hinted part over ${version} is held until it is there, and is then part of its segment`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    const { sequence, part } = hintOf(await text(client, PLAYLIST))
    const path = `/live/test/${sequence}.${part}.m4s`
    const held = await client({ path })
    assert.deepEqual([held.status, held.headers['content-type']], [200, 'video/mp4'])
    const playlist = await text(client, PLAYLIST)
    const late_ms = held.ended_epoch_ms - availableAt(playlist, sequence, part)
    assert.ok(late_ms > -EARLY_MS && late_ms < LATE_MS, `${late_ms} ms after the part was there`)
    assert.equal(held.body.toString('latin1', 4, 8), 'moof')
    assert.deepEqual((await client({ path })).body, held.body)
    // The whole segment, once it is finished.
    await client({ path: `${PLAYLIST}?_HLS_msn=${sequence}` })
    const segment = await client({ path: `/live/test/${sequence}.m4s` })
    assert.equal(segment.status, 200)
    assert.ok(segment.body.includes(held.body))
  })

  test(`who leaves while waiting over ${version} is let go at once`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    const other = await CLIENTS['HTTP/1.1'](t, origin)
    const waiting = async () => Number(/waiting now: (\d+)/.exec(await text(other, '/'))?.[1])
    const { sequence } = hintOf(await text(client, PLAYLIST))
    const left = new AbortController()
    // The segment after the one under way is two seconds away at least.
    const asked = client({ path: `${PLAYLIST}?_HLS_msn=${sequence + 1}`, signal: left.signal })
    const rejected = assert.rejects(asked)
    await until(waiting, (count) => count === 1, 1_000)
    left.abort()
    await rejected
    await until(waiting, (count) => count === 0, 500)
  })

  test(`a range of a segment over ${version} is that range, and one behind the end is 416`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    for (const path of ['/live/test/5.m4s', '/live/test/5.ts', '/live/test/init.mp4']) {
      const all = await client({ path })
      assert.deepEqual([all.status, all.headers['accept-ranges']], [200, 'bytes'])
      const some = await client({ path, headers: { range: 'bytes=100-299' } })
      assert.deepEqual([some.status, some.headers['content-length']], [206, '200'])
      assert.equal(some.headers['content-range'], `bytes 100-299/${all.body.length}`)
      assert.deepEqual(some.body, all.body.subarray(100, 300))
      const beyond = await client({ path, headers: { range: `bytes=${all.body.length}-` } })
      assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${all.body.length}`])
    }
  })

  test(`malformed and hopeless reloads over ${version} are 400 with a code at once`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    for (const [query, code] of [
      ['_HLS_part=0', 'BLOCKING_RELOAD_MALFORMED'],
      ['_HLS_msn=abc', 'BLOCKING_RELOAD_MALFORMED'],
      ['_HLS_msn=999999', 'BLOCKING_RELOAD_TOO_FAR'],
    ] as const) {
      const answer = await client({ path: `${PLAYLIST}?${query}` })
      assert.equal(answer.status, 400, query)
      assert.match(answer.body.toString(), new RegExp(`^${code}: [^\n]+\n$`), query)
      assert.equal(answer.headers['access-control-allow-origin'], '*')
    }
    const { sequence } = hintOf(await text(client, PLAYLIST))
    assert.equal((await client({ path: `/live/test/${sequence + 1}.0.m4s` })).status, 404)
  })

  test(`HEAD and OPTIONS over ${version} are answered without a body`, async (t) => {
    const origin = await anOrigin(t)
    const client = await connect(t, origin)
    for (const path of [PLAYLIST, '/live/test/5.m4s', '/live/test/5.0.m4s', '/live/test/init.mp4']) {
      const whole = await client({ path })
      const head = await client({ path, method: 'HEAD' })
      assert.deepEqual([head.status, head.body.length], [200, 0], path)
      assert.equal(head.headers['content-type'], whole.headers['content-type'], path)
    }
    const preflight = await client({ path: PLAYLIST, method: 'OPTIONS' })
    assert.deepEqual([preflight.status, preflight.body.length], [204, 0])
    assert.equal(preflight.headers['access-control-allow-origin'], '*')
  })

  test(`over ${version} the origin ${version === 'HTTP/3' ? 'does not name' : 'names'} HTTP/3 as an alternative`, async (t) => {
    const origin = await anOrigin(t)
    const quiet = await anOrigin(t, { advertise_h3: false })
    const path = '/live/test.m3u8'
    const advertised = (await (await connect(t, origin))({ path })).headers['alt-svc']
    assert.equal(advertised, version === 'HTTP/3' ? undefined : `h3=":${origin.port}"; ma=86400`)
    assert.equal((await (await connect(t, quiet))({ path })).headers['alt-svc'], undefined)
  })
}

test('the dates of both playlists are one segment apart to the millisecond, and are the same', async (t) => {
  const origin = await anOrigin(t)
  const client = await CLIENTS['HTTP/1.1'](t, origin)
  const dated = /#EXT-X-PROGRAM-DATE-TIME:(\S+)\n(?:#EXT-X-PART:.*\n)*#EXTINF:2.000,\ntest\/(\d+)/g
  const datesOf = (playlist: string) =>
    new Map(
      [...playlist.matchAll(dated)].map(([, date = '', segment]) => [Number(segment), Date.parse(date)]),
    )
  const [low, plain] = [await text(client, PLAYLIST), await text(client, '/live/test.m3u8')].map(datesOf)
  assert.ok(low && plain)
  assert.equal(low.size, 6)
  assert.deepEqual(plain, low)
  for (let segment = 1; segment < 6; segment++)
    assert.equal((low.get(segment) ?? 0) - (low.get(segment - 1) ?? 0), 2_000)
})

test('ffmpeg, which knows nothing of parts, plays the playlist as plain HLS and decodes it without an error', async (t) => {
  if (!needs(t, 'ffmpeg')) return
  const origin = await anOrigin(t)
  const { stdout, stderr } = await tool('ffmpeg', [
    ...['-v', 'error', '-tls_verify', '1', '-ca_file', origin.ca_file],
    ...['-i', `https://127.0.0.1:${origin.port}${PLAYLIST}`, '-map', '0:v', '-t', '10'],
    ...['-f', 'framemd5', '-', '-map', '0:a', '-t', '10', '-f', 'null', '-'],
  ])
  assert.equal(stderr, '')
  // Ten seconds of 25 pictures, over the seam of the loop.
  assert.equal(stdout.split('\n').filter((line) => line.startsWith('0,')).length, 250)
})
