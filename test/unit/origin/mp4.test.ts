import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadClip, startsPart } from '@streamgauge/agent/origin/clip/clip.ts'
import { padded } from '@streamgauge/agent/origin/clip/padding.ts'
import type { MuxFrame } from '@streamgauge/agent/origin/mux/frame.ts'
import { mp4Fragment, mp4Wire } from '@streamgauge/agent/origin/mux/mp4.ts'
import { mp4Init } from '@streamgauge/agent/origin/mux/mp4_init.ts'
import { needs, tool } from '../../support/tool.ts'

const clip = loadClip(2)
const CLIP_TICKS = 8 * 90_000

/** The frames of so many rounds of the loop in order of time, the first at `start_ticks`. */
function framesOf(bitrate_bps: number, rounds: number, start_ticks = 0): MuxFrame[] {
  const video = padded(clip, bitrate_bps, mp4Wire)
  const frames: MuxFrame[] = []
  for (let round = 0; round < rounds; round++) {
    const base = start_ticks + round * CLIP_TICKS
    video.forEach(({ key, nal_units }, i) => {
      frames.push({ track: 'video', ticks: base + i * 3_600, key, payload: nal_units })
    })
    clip.audio.forEach((payload, i) => {
      frames.push({ track: 'audio', ticks: base + i * 1_920, key: false, payload })
    })
  }
  return frames.sort((a, b) => a.ticks - b.ticks || (a.track === 'video' ? -1 : 1))
}

/** The fragments, one a part, as the live source cuts them. */
function fragmentsOf(frames: readonly MuxFrame[]): Buffer[] {
  const parts: MuxFrame[][] = []
  let picture = 0
  for (const frame of frames) {
    if (frame.track === 'video' && startsPart(picture++)) parts.push([])
    parts.at(-1)?.push(frame)
  }
  return parts.map((part, i) => mp4Fragment(i + 1, part))
}

function fileWith(t: TestContext, bytes: readonly Uint8Array[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'mp4-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'all.mp4')
  writeFileSync(file, Buffer.concat(bytes))
  return file
}

test('a fragment is byte for byte what the specification says', () => {
  const fragment = mp4Fragment(7, [
    { track: 'video', ticks: 3_600, key: true, payload: Uint8Array.of(0xaa, 0xbb) },
    { track: 'audio', ticks: 3_840, key: false, payload: Uint8Array.of(0xcc) },
  ])
  const text = (name: string) => [...Buffer.from(name)]
  // biome-ignore format: one box a line
  assert.deepEqual([...fragment], [
    // 8 + 16 + 2 x (8 + 16 + 20 + 32) = 176 bytes of moof.
    0, 0, 0, 176, ...text('moof'),
    0, 0, 0, 16, ...text('mfhd'), 0, 0, 0, 0, 0, 0, 0, 7,
    0, 0, 0, 76, ...text('traf'),
    0, 0, 0, 16, ...text('tfhd'), 0, 2, 0, 0, 0, 0, 0, 1,
    // 3,600 = 0x0e10 on the 90 kHz clock.
    0, 0, 0, 20, ...text('tfdt'), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0e, 0x10,
    // One sample, at 184, behind the header of mdat: 3,600 ticks, 2 bytes, depends on no other.
    0, 0, 0, 32, ...text('trun'), 0, 0, 7, 1, 0, 0, 0, 1, 0, 0, 0, 184,
    0, 0, 0x0e, 0x10, 0, 0, 0, 2, 2, 0, 0, 0,
    0, 0, 0, 76, ...text('traf'),
    0, 0, 0, 16, ...text('tfhd'), 0, 2, 0, 0, 0, 0, 0, 2,
    // 3,840 / 90,000 s = 2,048 = 0x0800 samples of 48,000 a second.
    0, 0, 0, 20, ...text('tfdt'), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0,
    0, 0, 0, 32, ...text('trun'), 0, 0, 7, 1, 0, 0, 0, 1, 0, 0, 0, 186,
    0, 0, 0x04, 0, 0, 0, 0, 1, 2, 0, 0, 0,
    0, 0, 0, 11, ...text('mdat'), 0xaa, 0xbb, 0xcc,
  ])
})

test('three parts a second: nine, eight and eight pictures, and every key frame begins one', () => {
  const starts = Array.from({ length: 50 }, (_, i) => i).filter(startsPart)
  assert.deepEqual(starts, [0, 9, 17, 25, 34, 42])
})

test('ffprobe finds every frame of two rounds at its time, and the key frames', async (t) => {
  if (!needs(t, 'ffprobe')) return
  const file = fileWith(t, [mp4Init(clip), ...fragmentsOf(framesOf(2_000_000, 2))])
  const streams = await tool('ffprobe', [
    ...['-v', 'error', '-of', 'csv=p=0', '-show_entries'],
    'stream=codec_name,codec_tag_string,width,height,sample_rate,channels,time_base',
    file,
  ])
  assert.equal(streams.stderr, '')
  assert.deepEqual(streams.stdout.trim().split('\n'), [
    'h264,avc1,640,360,1/90000',
    'aac,mp4a,48000,1,1/48000',
  ])
  // 16 s: 400 pictures 3,600 ticks apart, 750 frames 1,024 samples apart; a key frame every 50 pictures.
  for (const [track, count, step, keyEvery] of [
    ['v', 400, 3_600, 50],
    ['a', 750, 1_024, 1],
  ] as const) {
    const { stdout } = await tool('ffprobe', [
      ...['-v', 'error', '-select_streams', track, '-of', 'csv=p=0'],
      ...['-show_entries', 'packet=pts,dts,duration,flags', file],
    ])
    const expected = Array.from({ length: count }, (_, i) => {
      const at = i * step
      return `${at},${at},${step},${i % keyEvery === 0 ? 'K_' : '__'}`
    })
    assert.deepEqual(stdout.trim().split('\n'), expected)
  }
})

test('ffmpeg decodes two rounds without a word, every picture of them', async (t) => {
  if (!needs(t, 'ffmpeg')) return
  const file = fileWith(t, [mp4Init(clip), ...fragmentsOf(framesOf(2_000_000, 2))])
  const { stdout, stderr } = await tool('ffmpeg', [
    ...['-v', 'warning', '-i', file, '-map', '0:v', '-f', 'framemd5', '-'],
    ...['-map', '0:a', '-f', 'null', '-'],
  ])
  assert.equal(stderr, '')
  const pictures = stdout.split('\n').filter((line) => line.startsWith('0,'))
  assert.equal(pictures.length, 400)
})

test('times are exact after thirty years on air, far beyond 32 and 33 bits', async (t) => {
  if (!needs(t, 'ffprobe')) return
  // 118,260,000 rounds of eight seconds: 30 years of 365 days.
  const start = 118_260_000 * CLIP_TICKS
  const file = fileWith(t, [mp4Init(clip), ...fragmentsOf(framesOf(2_000_000, 1, start))])
  for (const [track, first] of [
    ['v', 85_147_200_000_000],
    ['a', 45_411_840_000_000],
  ] as const) {
    const { stdout } = await tool('ffprobe', [
      ...['-v', 'error', '-select_streams', track, '-of', 'csv=p=0'],
      ...['-show_entries', 'packet=dts', file],
    ])
    assert.equal(Number(stdout.split('\n', 1)[0]), first)
  }
})

for (const bitrate_bps of [500_000, 2_000_000, 8_000_000]) {
  test(`one round of the loop at ${bitrate_bps} bit/s is within 0.1 % of it`, () => {
    const bytes = fragmentsOf(framesOf(bitrate_bps, 1)).reduce((sum, part) => sum + part.length, 0)
    assert.ok(Math.abs(bytes / bitrate_bps - 1) < 0.001, `${bytes} bytes in eight seconds`)
  })
}
