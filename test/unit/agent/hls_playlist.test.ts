import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monotonicMs } from '@streamgauge/agent/clock.ts'
import { behindEnd, endOf, startOf, stepFrom } from '@streamgauge/agent/pull/hls/cursor.ts'
import { type MediaPlaylist, readPlaylist } from '@streamgauge/agent/pull/hls/playlist.ts'

function media(...lines: string[]): MediaPlaylist {
  const playlist = readPlaylist(['#EXTM3U', '#EXT-X-TARGETDURATION:4', ...lines].join('\n'))
  assert.equal(playlist.kind, 'media')
  return playlist as MediaPlaylist
}

const invalid = (message: RegExp) => ({ code: 'MEDIA_INVALID', message })

test('byte ranges: said, implied by the range before, and those of init segments begin at 0 when they do not say', () => {
  const { segments } = media(
    '#EXT-X-MAP:URI="all.mp4",BYTERANGE="700"',
    '#EXTINF:4,\n#EXT-X-BYTERANGE:1000@700\nall.mp4',
    '#EXTINF:4,\n#EXT-X-BYTERANGE:50\nall.mp4',
    '#EXTINF:4,\n#EXT-X-BYTERANGE:60\nall.mp4',
  )
  assert.deepEqual(segments[0]?.map, { uri: 'all.mp4', range: { offset: 0, length: 700 } })
  assert.deepEqual(
    segments.map((segment) => segment.whole?.range),
    [
      { offset: 700, length: 1_000 },
      { offset: 1_700, length: 50 },
      { offset: 1_750, length: 60 },
    ],
  )
  assert.throws(() => media('#EXTINF:4,\n#EXT-X-BYTERANGE:50\na.ts'), invalid(/byte range/))
  assert.throws(() => media('#EXTINF:4,\n#EXT-X-BYTERANGE:0@5\na.ts'), invalid(/no bytes/))
  assert.throws(() => media('#EXTINF:4,\n#EXT-X-BYTERANGE:5@-7\na.ts'), invalid(/byte range/))
})

test('init segments and keys hold until others come, also for the segment still being made', () => {
  const { segments } = media(
    '#EXT-X-PART-INF:PART-TARGET=1',
    '#EXT-X-MAP:URI="a.mp4"',
    '#EXTINF:4,\n0.m4s',
    '#EXT-X-KEY:METHOD=AES-128,URI="k"',
    '#EXTINF:4,\n1.m4s',
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-KEY:METHOD=NONE',
    '#EXT-X-MAP:URI="b.mp4"',
    '#EXTINF:4,\n2.m4s',
    '#EXT-X-PART:DURATION=1,URI="3.0.m4s"',
    '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="c.mp4"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="3.1.m4s"',
  )
  assert.deepEqual(
    segments.map((s) => [
      s.number,
      s.map?.uri,
      s.encryption,
      s.discontinuity,
      s.discontinuity_number,
      s.parts.length,
    ]),
    [
      [0, 'a.mp4', null, false, 0, 0],
      [1, 'a.mp4', 'AES-128', false, 0, 0],
      [2, 'b.mp4', null, true, 1, 0],
      [3, 'b.mp4', null, false, 1, 1],
    ],
  )
  assert.equal(segments[3]?.whole, null)
})

test('a date holds for the segments and parts after it, until a discontinuity', () => {
  const { segments } = media(
    '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T08:00:00.500+08:00',
    '#EXTINF:2.5,\n0.ts',
    '#EXT-X-PART:DURATION=1,URI="1.0"',
    '#EXT-X-PART:DURATION=1,URI="1.1"',
    '#EXTINF:2,\n1.ts',
    '#EXT-X-DISCONTINUITY',
    '#EXTINF:2,\n2.ts',
    '#EXT-X-PROGRAM-DATE-TIME:not a date',
    '#EXTINF:2,\n3.ts',
  )
  const midnight = Date.UTC(2026, 0, 1)
  const dates = segments.map((s) => s.whole?.made_at_ms)
  assert.deepEqual(dates, [midnight + 500, midnight + 3_000, null, null])
  assert.deepEqual(
    segments[1]?.parts.map((part) => part.made_at_ms),
    [midnight + 3_000, midnight + 4_000],
  )
})

test('segments are numbered from the first on, whatever number stands between them', () => {
  const { segments } = media(
    '#EXT-X-MEDIA-SEQUENCE:7',
    '#EXTINF:4,\na',
    '#EXT-X-MEDIA-SEQUENCE:2',
    '#EXTINF:4,\nb',
  )
  assert.deepEqual(
    segments.map((segment) => segment.number),
    [7, 8],
  )
})

test('titles in any language, apostrophes, carriage returns and byte order marks disturb nothing', () => {
  const text =
    '\uFEFF#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-MAP:URI="it\'s.mp4",X-NAME="a"\r\n#EXTINF:4,中文 é %\r\n0.m4s\r\n'
  const playlist = readPlaylist(text) as MediaPlaylist
  assert.equal(playlist.segments[0]?.map?.uri, 'it%27s.mp4')
  assert.equal(playlist.segments[0]?.whole?.uri, '0.m4s')
})

test('a master playlist: the first variant, and sound in a playlist of its own where it has one', () => {
  const master = (...lines: string[]) => readPlaylist(['#EXTM3U', ...lines].join('\n'))
  const sound = (name: string, rest: string) => `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${name}"${rest}`
  const variants = [
    '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nv1.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=2\nv2.m3u8',
  ]
  const both = { kind: 'master', variant_uri: 'v1.m3u8', audio_uri: 'fr.m3u8' }
  const found = master(
    sound("l'autre", ',URI="x.m3u8"'),
    sound('fr', ',DEFAULT=YES,URI="fr.m3u8"'),
    ...variants,
  )
  assert.deepEqual(found, both)
  assert.deepEqual(master(sound('only', ',URI="fr.m3u8"'), ...variants), both)
  // Without an address the sound is in the variant.
  assert.deepEqual(master(sound('in', ''), ...variants), { ...both, audio_uri: null })
  assert.deepEqual(master(sound('other', ',URI="x"').replace('"a"', '"b"'), ...variants), {
    ...both,
    audio_uri: null,
  })
  const keyed = '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="k"'
  assert.throws(() => master(keyed, ...variants), invalid(/encrypted with SAMPLE-AES/))
  assert.throws(() => master('#EXT-X-STREAM-INF:BANDWIDTH=1'), invalid(/playlist/))
})

for (const [what, text, message] of [
  ['a web page', '<html></html>', /not a playlist/],
  ['a list of addresses', 'a.ts\nb.ts', /not a playlist/],
  ['no target duration', '#EXTM3U\n#EXTINF:4,\na.ts', /without a target duration/],
  [
    'an endless target duration',
    '#EXTM3U\n#EXT-X-TARGETDURATION:Infinity\n#EXTINF:4,\na.ts',
    /target duration of/,
  ],
  ['a negative duration', '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:-4,\na.ts', /segment of -4/],
  [
    'half a sequence number',
    '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:1.5\n#EXTINF:4,\na.ts',
    /media sequence of 1.5/,
  ],
  [
    'an init segment without address',
    '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:X=1\n#EXTINF:4,\na',
    /address/,
  ],
  [
    'a line of 20,000 characters',
    `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${'a'.repeat(20_000)}`,
    /20000 characters/,
  ],
] as const) {
  test(`${what} is MEDIA_INVALID`, () => assert.throws(() => readPlaylist(text), invalid(message)))
}

const HEAD = '#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n'
const upToMebibyte = (line: (i: number) => string) => {
  const lines: string[] = []
  for (let length = 0, i = 0; length < 1_040_000; i++) {
    lines.push(line(i))
    length += lines[i]?.length ?? 0
  }
  return lines.join('')
}

/** Just under the limit of a mebibyte; with the parser alone, some of these take minutes. */
const NASTY: readonly (readonly [string, string])[] = [
  ['segments', HEAD + upToMebibyte(() => '#EXTINF:1,\na\n')],
  ['parts', HEAD + upToMebibyte(() => '#EXT-X-PART:DURATION=1,URI="a"\n')],
  [
    'date ranges',
    HEAD +
      upToMebibyte(
        (i) =>
          `#EXT-X-DATERANGE:ID="${i}",CLASS="c",START-DATE="2026-01-01T00:00:00Z",DURATION=1\n#EXTINF:1,\na\n`,
      ),
  ],
  ['variants', `#EXTM3U\n${upToMebibyte(() => '#EXT-X-STREAM-INF:\na\n')}`],
  [
    'variants with sound',
    `#EXTM3U\n${upToMebibyte((i) => (i % 2 ? '#EXT-X-STREAM-INF:AUDIO="a"\na\n' : `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${i}"\n`))}`,
  ],
  ['session data', `#EXTM3U\n${upToMebibyte((i) => `#EXT-X-SESSION-DATA:DATA-ID="${i}"\n`)}`],
  ['session keys', `#EXTM3U\n${upToMebibyte((i) => `#EXT-X-SESSION-KEY:METHOD=AES-128,URI="${i}"\n`)}`],
  ['rendition reports', HEAD + upToMebibyte((i) => `#EXT-X-RENDITION-REPORT:URI="${i}"\n`)],
  ['empty lines', HEAD + upToMebibyte(() => '\n')],
  ['one line of attributes', `${HEAD}#EXT-X-MAP:${upToMebibyte((i) => `A${i}=1,`)}\n#EXTINF:1,\na\n`],
]

for (const [what, text] of NASTY) {
  test(`a mebibyte of ${what} is read or refused in a time that grows with its size, not with its square`, () => {
    const hour = HEAD + Array.from({ length: 1_800 }, (_, i) => `#EXTINF:2,\n${i}.ts\n`).join('')
    const timed = (work: () => unknown) => {
      const from = monotonicMs()
      try {
        work()
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MEDIA_INVALID')
      }
      return monotonicMs() - from
    }
    // The hour is 22 kB, a forty-seventh of the mebibyte; what grows with the square takes 2,200 times as long.
    readPlaylist(hour)
    const usual = Math.max(...Array.from({ length: 5 }, () => timed(() => readPlaylist(hour))), 1)
    const nasty = Math.min(...Array.from({ length: 2 }, () => timed(() => readPlaylist(text))))
    assert.ok(nasty <= usual * 300, `${nasty} ms against ${usual} ms`)
  })
}

/** Segment 7 in the open with its parts, 5 and 6 done with theirs still listed, 4 without. */
const LOW_LATENCY = media(
  '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3',
  '#EXT-X-PART-INF:PART-TARGET=1',
  '#EXT-X-MEDIA-SEQUENCE:4',
  '#EXTINF:4,\n4.ts',
  ...[5, 6].map((n) => `${partLines(n, 4)}\n#EXTINF:4,\n${n}.ts`),
  partLines(7, 2),
)

function partLines(segment: number, count: number): string {
  const line = (part: number) =>
    `#EXT-X-PART:DURATION=1,URI="${segment}.${part}"${part % 2 === 0 ? ',INDEPENDENT=YES' : ''}`
  return Array.from({ length: count }, (_, part) => line(part)).join('\n')
}

test('playback begins three segments from the end, or on an independent part that lies the hold-back away', () => {
  assert.deepEqual(startOf(LOW_LATENCY, false), { number: 4, part: 0 })
  // The end is at 7.2. Three parts back is 6.3, which is not independent; 6.2 is.
  assert.deepEqual(startOf(LOW_LATENCY, true), { number: 6, part: 2 })
  assert.deepEqual(startOf({ ...LOW_LATENCY, part_hold_back_ms: 2_000 }, true), { number: 7, part: 0 })
  // 6.0 is 6 s away, and 5.2 is 8 s away.
  assert.deepEqual(startOf({ ...LOW_LATENCY, part_hold_back_ms: 7_000 }, true), { number: 5, part: 2 })
  assert.deepEqual(startOf({ ...LOW_LATENCY, part_hold_back_ms: 99_000 }, true), { number: 4, part: 0 })
  assert.equal(startOf(media(), false), null)
  assert.equal(startOf(media(), true), null)
})

test('what comes next: parts, whole segments when behind, and nothing that is not listed', () => {
  const next = (number: number, part: number) => {
    const step = stepFrom(LOW_LATENCY, { number, part }, true)
    return step && [step.piece.uri, step.after.number, step.after.part, step.begins, step.skips]
  }
  assert.deepEqual(next(6, 2), ['6.2', 6, 3, false, false])
  assert.deepEqual(next(6, 3), ['6.3', 7, 0, false, false])
  assert.deepEqual(next(7, 0), ['7.0', 7, 1, true, false])
  assert.equal(next(7, 2), null)
  assert.equal(next(8, 0), null)
  // At the beginning of a segment that is done, one request brings all of it.
  assert.deepEqual(next(5, 0), ['5.ts', 6, 0, true, false])
  // A segment that turned out to have no more parts is over; one whose parts are gone is left.
  assert.deepEqual(next(6, 4), ['7.0', 7, 1, true, false])
  assert.deepEqual(next(4, 2), ['5.ts', 6, 0, true, true])
  // Out of the window: near the end again.
  assert.deepEqual(next(2, 1), ['6.2', 6, 3, false, true])
  // A server that counts anew is followed; one that is a little behind is waited for.
  assert.deepEqual(next(500, 0), ['6.2', 6, 3, false, true])
  assert.equal(next(12, 0), null)
})

test('without parts, what fell out of the window is skipped and what is still being made is not asked for', () => {
  const next = (number: number) => {
    const step = stepFrom(LOW_LATENCY, { number, part: 0 }, false)
    return step && [step.piece.uri, step.skips]
  }
  assert.deepEqual(
    [next(1), next(4), next(6), next(7)],
    [['4.ts', true], ['4.ts', false], ['6.ts', false], null],
  )
})

test('what a server will list next comes after its last part, or after its last segment', () => {
  assert.deepEqual(endOf(LOW_LATENCY), { number: 7, part: 2 })
  assert.deepEqual(endOf(media('#EXT-X-MEDIA-SEQUENCE:9', '#EXTINF:4,\n9.ts')), { number: 10, part: 0 })
  assert.deepEqual(endOf(media()), { number: 0, part: 0 })
})

test('sound begins as far from the end as its pictures do, whatever its own segments are', () => {
  const pictures = media(...[0, 1, 2, 3].map((n) => `#EXTINF:2,\n${n}`))
  const start = startOf(pictures, false)
  assert.deepEqual(start, { number: 1, part: 0 })
  assert.equal(behindEnd(pictures, { number: 1, part: 0 }, false), 6_000)
  // From the end: 0.05, 2.03, 4.01, 5.99; the pictures begin at 6.
  const sound = media(...[2.01, 1.98, 1.98, 1.98, 0.05].map((s, n) => `#EXTINF:${s},\n${n}`))
  assert.deepEqual(startOf(sound, false, 6_000), { number: 1, part: 0 })
  assert.deepEqual(startOf(sound, false, 99_000), { number: 0, part: 0 })
  // By parts: 6.2 lies two parts of 6 and two of 7 from the end; 5.0 all of 5, 6 and two of 7.
  assert.equal(behindEnd(LOW_LATENCY, { number: 6, part: 2 }, true), 4_000)
  assert.equal(behindEnd(LOW_LATENCY, { number: 5, part: 0 }, true), 10_000)
  assert.deepEqual(startOf(LOW_LATENCY, true, 4_000), { number: 6, part: 2 })
})
