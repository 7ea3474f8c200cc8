import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Metric, StoredMeasurement } from '@streamgauge/contract'
import { schemaFiles, sql } from '@streamgauge/queries'

const folder = new URL('../../../queries/', import.meta.url)
const dictionary = readFileSync(new URL('README.md', folder), 'utf8')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sql'),
)

test('the data dictionary defines every column, in the order of the record', () => {
  const rows = [...dictionary.matchAll(/^\| `([a-z_0-9]+)` *\|[^|]*\|[^|]*\|$/gm)].map(([, name]) => name)
  assert.deepEqual(rows, Object.keys(StoredMeasurement.properties))
})

test('the data dictionary defines every metric', () => {
  for (const metric of Metric.anyOf)
    assert.match(dictionary, new RegExp(`^\\| \`${metric.const}\`.*\\|$`, 'm'))
})

for (const name of files) {
  test(`${name} says what it answers, its parameters and its row, and has every parameter it uses`, () => {
    const text = sql(name.replace(/\.sql$/, ''))
    assert.match(text, /^-- \S.*\n(-- .*\n)*-- Params: .*\n(-- .*\n)*-- Row: {4}.*\n[A-Z]/)
    const [header = ''] = /^(--.*\n)+/.exec(text) ?? []
    for (const [, parameter] of text.matchAll(/\{(\w+):/g)) {
      assert.match(header, new RegExp(`\\b${parameter}\\b`), parameter)
    }
    assert.ok(!text.slice(header.length).includes(';'), 'one statement, without a semicolon')
  })
}

test('schema files are numbered without a gap', () => {
  assert.deepEqual(
    schemaFiles().map((file) => file.version),
    schemaFiles().map((_file, index) => index + 1),
  )
})
