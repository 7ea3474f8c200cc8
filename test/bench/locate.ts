/**
 * How often the ISP of an address is known, judged by another source, and how fast it is told. `npm run bench:locate`; `-- --all`
 * names every address that was told wrongly. Exits with 0 whatever comes out; the last line is
 * `{n, errors, lower_bound, lookups_per_s, ...}`.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import { lowerBound } from './locate/binomial.ts'

const LOOKUPS = 500_000

interface Labelled {
  /** How it was drawn: sixteen of each ISP, or of all addresses. */
  readonly sample: string
  readonly ip: string
  readonly country: string
  readonly isp: string
  readonly as_name: string
}

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } })
const labelled = readLabelled()
const begun = performance.now()
const locator = new Locator([], { asn: null, country: null })
locator.locate('192.0.2.1')
locator.locate('1.1.1.1')
const load_ms = performance.now() - begun

const byIsp = Map.groupBy(labelled, ({ country, isp }) => `${country}/${isp}`)
const wrong: { readonly label: Labelled; readonly told: string; readonly isKnown: boolean }[] = []
for (const label of labelled) {
  const { isp = null, asn = null, as_name = null, confidence = null } = locator.locate(label.ip) ?? {}
  if (isp !== label.isp)
    wrong.push({
      label,
      told: `AS${asn} ${as_name} -> ${isp}, ${confidence}`,
      isKnown: confidence === 'high',
    })
}

const wrongByIsp = Map.groupBy(wrong, ({ label }) => `${label.country}/${label.isp}`)
console.log(
  `${labelled.length} addresses of ${byIsp.size} ISPs, as IPFire's location database of August 2026 has them`,
)
console.log('ISPs with errors: errors of addresses, and what was told')
for (const [isp, errors] of [...wrongByIsp].sort((a, b) => b[1].length - a[1].length)) {
  const told = [...Map.groupBy(errors, (one) => one.told)].sort((a, b) => b[1].length - a[1].length)
  console.log(`${isp.padEnd(28)} ${String(errors.length).padStart(3)} of ${byIsp.get(isp)?.length}`)
  for (const [what, ones] of told.slice(0, values.all ? 99 : 3))
    console.log(
      `    ${ones.length} x ${what}   (was: ${ones[0]?.label.as_name})${values.all ? ` ${ones.map(({ label }) => label.ip).join(' ')}` : ''}`,
    )
}

const bySample = {
  address: judge('address', 'of all addresses of these ISPs'),
  isp: judge('isp', 'sixteen of each ISP'),
}

const lookups_per_s = speed()
console.log(`${Math.round(lookups_per_s)} look-ups a second, after ${Math.round(load_ms)} ms of reading`)
console.log(JSON.stringify({ ...bySample.address, lookups_per_s, load_ms, each_isp: bySample.isp }))

function judge(sample: string, words: string) {
  const n = labelled.filter((label) => label.sample === sample).length
  const mistakes = wrong.filter(({ label }) => label.sample === sample)
  const errors = mistakes.length
  const lower_bound = lowerBound(n - errors, n)
  const sure = mistakes.filter(({ isKnown }) => isKnown).length
  console.log(
    `${words}: ${n - errors} of ${n} right, ${((100 * (n - errors)) / n).toFixed(2)} %, at least ${(100 * lower_bound).toFixed(2)} %`,
    `(exact binomial bound, one-sided 95 %); of ${errors} errors ${sure} were told with high confidence`,
  )
  return { n, errors, lower_bound, wrong_with_high_confidence: sure }
}

function speed(): number {
  const started = performance.now()
  for (let count = 0; count < LOOKUPS; count += 1) locator.locate(labelled[count % labelled.length]?.ip ?? '')
  return (LOOKUPS / (performance.now() - started)) * 1_000
}

function readLabelled(): Labelled[] {
  const text = readFileSync(new URL('locate/labelled.csv', import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [sample = '', ip = '', country = '', isp = '', ...name] = line.split(',')
      return { sample, ip, country, isp, as_name: name.join(',').slice(1, -1) }
    })
}
