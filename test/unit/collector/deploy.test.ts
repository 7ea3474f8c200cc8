import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { location } from '@streamgauge/collector/command/location.ts'
import { readEnvironment } from '@streamgauge/collector/config/environment.ts'
import { parse } from 'yaml'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly environment: Record<string, string>; readonly volumes: readonly string[] }>
  >
}

test('the collector takes what compose.yaml tells it', () => {
  const { services } = parse(read('docs/deploy/compose.yaml')) as Compose
  const told = {
    ...services.collector?.environment,
    CLICKHOUSE_PASSWORD_FILE: '/dev/null',
    ADMIN_TOKEN: 'token',
  }
  const env = readEnvironment(told)
  // Nothing is told that is not read.
  for (const name of Object.keys(told)) assert.ok(Object.hasOwn(env, name), name)
  assert.deepEqual(location(env), {
    url: 'http://clickhouse:8123',
    user: 'streamgauge',
    password: '',
    database: 'streamgauge',
  })
})

test('what compose.yaml and the Dockerfile take from the repository is there', () => {
  const { services } = parse(read('docs/deploy/compose.yaml')) as Compose
  const mounted = Object.values(services)
    .flatMap(({ volumes }) => volumes)
    .filter((volume) => volume.startsWith('./'))
    .map((volume) => volume.split(':')[0] ?? '')
  const copied = [...read('docs/deploy/Dockerfile').matchAll(/\/app\/(\S+)/g)].map(([, path]) => path ?? '')
  assert.ok(mounted.length > 0 && copied.length > 0)
  const made = ['dashboard/dist']
  for (const path of [...mounted, ...copied]) {
    if (!made.includes(path)) assert.ok(existsSync(new URL(path, root)), path)
  }
})

test('docs/deploy.md names every setting of the store', () => {
  const text = read('docs/deploy.md')
  const names = [...read('collector/config/environment.ts').matchAll(/^ {2}(CLICKHOUSE_\w+):/gm)].map(
    ([, name]) => name,
  )
  assert.ok(names.length >= 9)
  for (const name of names) assert.ok(text.includes(`\`${name}\``), name)
})
