import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { location } from '@streamgauge/collector/command/location.ts'
import { readEnvironment } from '@streamgauge/collector/config/environment.ts'
import { tempDir } from '../../support/collector.ts'

const at = (env: Record<string, string>) => location(readEnvironment({ DATA_DIR: '/data', ...env }))

test('without a server the store is a folder of the data folder', () => {
  assert.deepEqual(at({}), { path: '/data/clickhouse' })
})

test('a URL may hold user, password and database; none of them stays in it', () => {
  assert.deepEqual(at({ CLICKHOUSE_URL: 'https://sg:p%40ss@db.example:8443/streamgauge' }), {
    url: 'https://db.example:8443',
    user: 'sg',
    password: 'p@ss',
    database: 'streamgauge',
  })
})

test('variables say the same, and the password may stand in a file', async (t) => {
  const file = join(await tempDir(t), 'password')
  await writeFile(file, 'p@ss word\n')
  const env = {
    CLICKHOUSE_URL: 'http://db:8123',
    CLICKHOUSE_USER: 'sg',
    CLICKHOUSE_PASSWORD_FILE: file,
    CLICKHOUSE_DATABASE: 'streamgauge',
    CLICKHOUSE_CLUSTER: 'main',
  }
  assert.deepEqual(at(env), {
    url: 'http://db:8123',
    user: 'sg',
    password: 'p@ss word',
    database: 'streamgauge',
    cluster: 'main',
  })
})

test('certificates are read; without a CA of its own the usual ones count', async (t) => {
  const folder = await tempDir(t)
  const file = async (name: string) => {
    await writeFile(join(folder, name), name)
    return join(folder, name)
  }
  const url = { CLICKHOUSE_URL: 'https://db:8443' }
  const [ca, cert, key] = await Promise.all(['ca', 'cert', 'key'].map(file))
  assert.ok(ca && cert && key)
  assert.deepEqual(at({ ...url, CLICKHOUSE_CA_FILE: ca }), {
    url: 'https://db:8443',
    tls: { ca_cert: Buffer.from('ca') },
  })
  const own = at({ ...url, CLICKHOUSE_CERT_FILE: cert, CLICKHOUSE_KEY_FILE: key })
  assert.ok('url' in own && own.tls !== undefined && 'cert' in own.tls)
  assert.deepEqual([own.tls.cert, own.tls.key], [Buffer.from('cert'), Buffer.from('key')])
  assert.match(own.tls.ca_cert.toString(), /^-----BEGIN CERTIFICATE-----/)
})

/** One mistake each, with its message; no message shows the URL. */
const mistakes: readonly (readonly [message: string, env: Record<string, string>])[] = [
  ['CLICKHOUSE_CLUSTER needs CLICKHOUSE_URL', { CLICKHOUSE_CLUSTER: 'main' }],
  ['CLICKHOUSE_URL takes no parameters', { CLICKHOUSE_URL: 'http://sg:secret@db:8123/?secure=1' }],
  ['CLICKHOUSE_URL is not a URL', { CLICKHOUSE_URL: 'http://sg:secret@:x' }],
  [
    'CLICKHOUSE_URL has a % in its user or password that is not %25',
    { CLICKHOUSE_URL: 'http://sg:secret%zz@db:8123' },
  ],
  ['CLICKHOUSE_URL has a path that is no database name', { CLICKHOUSE_URL: 'http://sg:secret@db:8123/a/b' }],
  [
    'CLICKHOUSE_USER and CLICKHOUSE_URL contradict each other',
    { CLICKHOUSE_URL: 'http://sg:secret@db:8123', CLICKHOUSE_USER: 'other' },
  ],
  [
    'set CLICKHOUSE_PASSWORD or CLICKHOUSE_PASSWORD_FILE, not both',
    { CLICKHOUSE_URL: 'http://db', CLICKHOUSE_PASSWORD: 'secret', CLICKHOUSE_PASSWORD_FILE: '/x' },
  ],
  [
    "CLICKHOUSE_PASSWORD_FILE cannot be read: ENOENT: no such file or directory, open '/nowhere/x'",
    { CLICKHOUSE_URL: 'http://db', CLICKHOUSE_PASSWORD_FILE: '/nowhere/x' },
  ],
  [
    'certificates need a CLICKHOUSE_URL that begins with https:',
    { CLICKHOUSE_URL: 'http://db', CLICKHOUSE_CA_FILE: '/x' },
  ],
  [
    'CLICKHOUSE_CERT_FILE and CLICKHOUSE_KEY_FILE go together',
    { CLICKHOUSE_URL: 'https://db', CLICKHOUSE_CERT_FILE: '/x' },
  ],
  [
    'the server takes a certificate or a password, not both',
    {
      CLICKHOUSE_URL: 'https://db',
      CLICKHOUSE_PASSWORD: 'secret',
      CLICKHOUSE_CERT_FILE: '/x',
      CLICKHOUSE_KEY_FILE: '/x',
    },
  ],
]

for (const [message, env] of mistakes) {
  test(`refused: ${message}`, () => {
    assert.ok(!message.includes('secret'))
    assert.throws(() => at(env), { code: 'ENVIRONMENT_INVALID', message })
  })
}
