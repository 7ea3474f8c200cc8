import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { always, once } from '@streamgauge/collector/stats/certainty.ts'
import { holm } from '@streamgauge/collector/stats/holm.ts'
import { clustersFor, powerOf } from '@streamgauge/collector/stats/power.ts'
import { shiftOf } from '@streamgauge/collector/stats/shift.ts'
import { pseudoMedian, SignedRanks } from '@streamgauge/collector/stats/signed_rank.ts'
import { relativeChangeOf, shareDifferenceOf } from '@streamgauge/collector/stats/two_ratios.ts'

/** What R says, see the script beside it. */
const REFERENCE = JSON.parse(
  readFileSync(new URL('../../fixtures/stats/reference.json', import.meta.url), 'utf8'),
)

function near(actual: number | null | undefined, wanted: number, tolerance = 1e-6) {
  assert.ok(actual != null && Math.abs(actual - wanted) <= tolerance, `${actual}, not ${wanted}`)
}

for (const name of ['small', 'tied'] as const)
  test(`where ${name} differences lie, with its interval, is what R says`, () => {
    const { values, clusters, estimate, score, interval, wilcox } = REFERENCE[name]
    const data = {
      values: Float64Array.from(values),
      clusters: Uint32Array.from(clusters),
      clusters_count: new Set(clusters).size,
    }
    near(pseudoMedian(data.values), estimate, 1e-12)
    if (wilcox !== undefined) near(pseudoMedian(data.values), wilcox)
    near(new SignedRanks(data).score(0.05), score, 1e-12)
    const { value, low, high } = shiftOf(data, once())
    near(value, estimate, 1e-12)
    near(low, interval[0])
    near(high, interval[1])
  })

test('the pseudo-median of many is that of all averages', () => {
  const draws = [...new Array(700).keys()].map((index) => Math.sin(index * 12.9898) * 43_758.5453)
  const values = Float64Array.from(draws, (one) => one - Math.floor(one))
  for (const count of [1, 2, 3, 4, 5, 100, 101, 699, 700]) {
    const some = values.slice(0, count)
    const all: number[] = []
    for (const [index, one] of some.entries())
      for (const other of some.slice(index)) all.push((one + other) / 2)
    const sorted = Float64Array.from(all).sort()
    const middle = [sorted[Math.floor((all.length - 1) / 2)] ?? 0, sorted[Math.floor(all.length / 2)] ?? 0]
    near(pseudoMedian(some), ((middle[0] ?? 0) + (middle[1] ?? 0)) / 2, 1e-12)
  }
  assert.equal(pseudoMedian(new Float64Array()), null)
  assert.equal(pseudoMedian(Float64Array.from(new Array(5_000).fill(3))), 3, 'all the same')
})

const arms = (name: 'change' | 'share') => {
  const { aPart, aWhole, bPart, bWhole } = REFERENCE[name]
  return {
    aPart: Float64Array.from(aPart),
    aWhole: Float64Array.from(aWhole),
    bPart: Float64Array.from(bPart),
    bWhole: Float64Array.from(bWhole),
  }
}

test('the relative change of a ratio of sums, with its interval, is what R says', () => {
  const { estimate, interval, t } = REFERENCE.change
  const { value, low, high, chance } = relativeChangeOf(arms('change'), once())
  near(value, estimate, 1e-12)
  near(low, interval[0])
  near(high, interval[1])
  near(chance, once().chanceOf(t, 30))
})

test('the difference of two shares, with its interval, is what R says', () => {
  const { estimate, interval } = REFERENCE.share
  const { value, low, high } = shareDifferenceOf(arms('share'), once())
  near(value, estimate, 1e-12)
  near(low, interval[0])
  near(high, interval[1])
})

test('what says nothing has no interval', () => {
  const none = { value: null, low: null, high: null, chance: null }
  const of = (...all: number[]) => Float64Array.from(all)
  const clustered = (values: number[], clusters: number[]) => ({
    values: of(...values),
    clusters: Uint32Array.from(clusters),
    clusters_count: clusters.length,
  })
  assert.deepEqual(shiftOf(clustered([], []), once()), none)
  assert.deepEqual(shiftOf(clustered([1, 2], [0, 0]), once()), { ...none, value: 1.5 })
  assert.deepEqual(shiftOf(clustered([2, 2], [0, 1]), once()), { ...none, value: 2 })
  const ratios = { aPart: of(0, 0), aWhole: of(5, 5), bPart: of(1, 0), bWhole: of(5, 5) }
  assert.deepEqual(relativeChangeOf(ratios, once()), none, 'nothing is so many times nothing')
  assert.deepEqual(shareDifferenceOf({ ...ratios, bWhole: of(0, 0) }, once()), none)
  const alike = { aPart: of(5, 5), aWhole: of(5, 5), bPart: of(5, 5), bWhole: of(5, 5) }
  const { value, low, high } = shareDifferenceOf(alike, once())
  assert.equal(value, 0)
  assert.ok((low ?? 0) < -0.5 && (high ?? 0) > 0.5, 'two clusters without a failure say little')
  const rare = { aPart: of(1, 0, 0), aWhole: of(90, 90, 90), bPart: of(0, 2, 0), bWhole: of(90, 90, 90) }
  const { low: none_low, high: none_high, value: twice } = relativeChangeOf(rare, once())
  assert.deepEqual([twice, none_low, none_high], [1, null, null], 'one stall is not told from none')
})

test('corrected chances, and Student’s t, are what R says', () => {
  for (const [index, one] of holm(REFERENCE.holm.values).entries())
    near(one, REFERENCE.holm.corrected[index], 1e-12)
  for (const [index, degrees] of REFERENCE.student.degrees.entries()) {
    near(once().critical(degrees + 1), REFERENCE.student.critical[index])
    near(once().chanceOf(-2.3, degrees + 1), REFERENCE.student.chance[index])
  }
})

test('what may be looked at always is certain of the same, but of less', () => {
  const certainty = always(1_000)
  for (const clusters of [20, 1_000, 50_000])
    near(certainty.chanceOf(certainty.critical(clusters), clusters), 0.05, 1e-9)
  // By hand: ρ² = (1 - 2 ln 0.05 + ln(-2 ln 0.05)) / 1000, so nρ² = 8.7816; √(1.11387 · ln(9.7816 / 0.0025)).
  near(
    certainty.critical(1_000) / once().critical(1_000),
    Math.sqrt(1.113_875 * Math.log(9.781_64 / 0.0025)) / 1.959_964,
    1e-4,
  )
})

test('as many clusters as are said give the power that is said', () => {
  const pilot = { standard_error: 0.02, clusters: 100 }
  const needed = clustersFor(pilot, 0.05, 0.8, () => once())
  // By hand: ((1.96 + 0.8416) · 0.2 / 0.05)² = 125.6, and two more for Student.
  assert.equal(needed, 128)
  near(powerOf(pilot, 0.05, needed, once()), 0.8, 0.005)
  assert.equal(
    clustersFor(pilot, 0, 0.8, () => once()),
    Number.POSITIVE_INFINITY,
  )
  assert.ok(clustersFor(pilot, 0.05, 0.8, always) > 1.8 * needed)
})
