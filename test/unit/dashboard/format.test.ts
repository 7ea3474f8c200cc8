import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimateAside, estimateText } from '../../../dashboard/figures/estimate.ts'
import {
  formatAge,
  formatBitrate,
  formatBytes,
  formatClock,
  formatDuration,
  formatRatio,
} from '../../../dashboard/figures/format.ts'

/** Reads better than escapes: `_` stands for the space that does not break. */
const text = (shown: string) => shown.replaceAll('\u00a0', '_')

test('a duration keeps two to three digits and turns into seconds at 10,000 ms', () => {
  const shown = [0, 0.42, 4.25, 42.4, 212, 1240, 9999, 10_000, 12_440].map((ms) => text(formatDuration(ms)))
  assert.deepEqual(shown, [
    '0_ms',
    '0.42_ms',
    '4.3_ms',
    '42_ms',
    '212_ms',
    '1,240_ms',
    '9,999_ms',
    '10.0_s',
    '12.4_s',
  ])
})

test('a negative offset has a minus sign, not a hyphen', () => {
  assert.equal(text(formatDuration(-3.1)), '−3.1_ms')
})

test('a ratio that is not 1 is never shown as 100 %, nor one that is not 0 as 0 %', () => {
  const shown = [0, 1, 0.0042, 0.012, 0.5, 0.967, 0.9996, 0.99996].map((ratio) => text(formatRatio(ratio)))
  assert.deepEqual(shown, ['0_%', '100_%', '0.42_%', '1.2_%', '50.0_%', '96.7_%', '99.96_%', '99.996_%'])
})

test('bits per second and bytes are decimal', () => {
  assert.equal(text(formatBitrate(2_080_000)), '2.1_Mbit/s')
  assert.equal(text(formatBitrate(0)), '0_bit/s')
  assert.equal(text(formatBytes(5_200_000)), '5.2_MB')
  assert.equal(text(formatBytes(812)), '812_B')
})

test('an age is told in the unit a person would use', () => {
  assert.deepEqual([400, 14_000, 125_000, 7_300_000].map(formatAge).map(text), [
    '0_s',
    '14_s',
    '2_min',
    '2_h',
  ])
})

test('the clock is UTC, whatever the reader’s time zone', () => {
  assert.equal(formatClock('2026-11-22T20:14:03.123Z'), '20:14:03')
})

test('an interval is in the unit and the digits of its value', () => {
  const shown = estimateText('handshake_ms', { value: 42.3, low: 38.9, high: 47.2, n: 120 })
  assert.equal(text(`${shown.value}  ${estimateAside(shown)}`), '42_ms  39–47, n_120')
  const seconds = estimateText('first_frame_ms', { value: 12_400, low: 9_960, high: 14_000, n: 1_204 })
  assert.equal(text(`${seconds.value}  ${estimateAside(seconds)}`), '12.4_s  10.0–14.0, n_1,204')
})

test('too small a sample has a value, an n, and no interval', () => {
  const shown = estimateText('stall_ratio', { value: 0.031, low: null, high: null, n: 3 })
  assert.equal(text(`${shown.value}  ${estimateAside(shown)}`), '3.1_%  n_3')
  assert.match(shown.title, /too few for a 95 % interval/)
})

test('nothing to tell a figure from is a dash that says why', () => {
  const shown = estimateText('handshake_ms', { value: null, low: null, high: null, n: 0 })
  assert.equal(shown.value, '—')
  assert.match(shown.title, /no runs that completed the handshake in this window/)
})
