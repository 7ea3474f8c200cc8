import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Metric, StoredMeasurement } from '@streamgauge/contract'
import { schemaFiles, sql } from '@streamgauge/queries'

const folder = new URL('../../../queries/', import.meta.url)
const dictionary = readFileSync(new URL('README.md', folder), 'utf8')
const named = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sql'),
)
const parts = named.filter((name) => name.includes('/part/'))
const files = named.filter((name) => !parts.includes(name))

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

test('the columns of the record stand once, in its order, in every statement that answers with records', () => {
  const listed = /^SELECT\n((?: {4}\w+,?\n)+)FROM measurements$/m.exec(sql('measurements/list'))?.[1] ?? ''
  assert.deepEqual(listed.match(/\w+/g), Object.keys(StoredMeasurement.properties))
  const written = files.filter((name) =>
    readFileSync(new URL(name, folder), 'utf8').includes('policy_resume_ms,'),
  )
  assert.deepEqual(written, [])
})

for (const name of parts) {
  test(`${name} is in a statement, and nothing is left of the line that includes it`, () => {
    const line = `-- include: ${name.replace(/\.sql$/, '')}`
    const users = files.filter((file) => readFileSync(new URL(file, folder), 'utf8').includes(line))
    assert.ok(users.length > 0)
    for (const user of users) assert.ok(!sql(user.replace(/\.sql$/, '')).includes('include:'), user)
  })
}

test('no two schema files have the same number', () => {
  const versions = schemaFiles().map((file) => file.version)
  assert.deepEqual(versions, [...new Set(versions)])
})
