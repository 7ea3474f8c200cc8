import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { countMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { aMeasurement, as, build, ingest, tempDir, tokens } from '../../support/collector.ts'

const html = { accept: 'text/html,application/xhtml+xml' }
const admin = as(tokens.admin)

test('everything but /healthz needs a token', async (t) => {
  const { app } = await build(t)
  for (const url of [
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/v1/fleet',
    '/v1/nowhere',
    '/',
    '/assets/x.js',
  ]) {
    const answer = await app.inject({ url })
    assert.equal(answer.statusCode, 401, url)
    assert.deepEqual(answer.json(), {
      code: 'UNAUTHORIZED',
      message: 'send a valid token: Authorization: Bearer <token>',
    })
  }
  assert.deepEqual((await app.inject({ url: '/healthz' })).json(), { status: 'ok' })
})

test('a wrong token, a cut one and another scheme are refused', async (t) => {
  const { app, store } = await build(t)
  for (const authorization of [
    'Bearer wrong',
    `Bearer ${tokens.agent.slice(0, -1)}`,
    'Basic YTpi',
    'Bearer',
  ]) {
    const answer = await app.inject({
      ...ingest([aMeasurement()]),
      headers: { authorization, 'idempotency-key': 'k' },
    })
    assert.equal(answer.statusCode, 401, authorization)
  }
  assert.equal(await countMeasurements(store), 0)
})

test('a browser that is not signed in gets the sign-in page, which needs nothing from elsewhere', async (t) => {
  const { app } = await build(t)
  for (const url of ['/', '/targets/x', '/docs']) {
    const answer = await app.inject({ url, headers: html })
    assert.equal(answer.statusCode, 401)
    assert.match(answer.headers['content-type'] ?? '', /^text\/html/)
    assert.match(answer.body, /<form method="post" action="\/v1\/session">/)
    assert.doesNotMatch(answer.body, /src=|href=|<script/)
  }
})

test('the sign-in link sets a cookie that opens everything a viewer may see', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: `/signin?token=${tokens.admin}`, headers: html })
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/'])
  const cookie = String(answer.headers['set-cookie'])
  assert.match(cookie, /^streamgauge_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.ok(!cookie.includes(tokens.admin))
  const session = { cookie: cookie.split(';', 1)[0] ?? '' }
  assert.deepEqual((await app.inject({ url: '/v1/session', headers: session })).json(), { role: 'admin' })
  assert.equal((await app.inject({ url: '/v1/fleet', headers: session })).statusCode, 200)
  const forged = { cookie: `${session.cookie.slice(0, -2)}xx` }
  assert.equal((await app.inject({ url: '/v1/fleet', headers: forged })).statusCode, 401)
  const out = await app.inject({ method: 'DELETE', url: '/v1/session', headers: session })
  assert.match(String(out.headers['set-cookie']), /^streamgauge_session=; Max-Age=0|Expires=Thu, 01 Jan 1970/)
})

test('a cookie does not count for a change that another origin asks for', async (t) => {
  const { app } = await build(t)
  const signedIn = await app.inject({ method: 'POST', url: '/v1/session', payload: { token: tokens.admin } })
  assert.deepEqual(signedIn.json(), { role: 'admin' })
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
  const make = (origin: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/tokens',
      headers: { cookie, origin, host: 'sg.example' },
      payload: { role: 'viewer', name: 'x' },
    })
  assert.equal((await make('http://evil.example')).statusCode, 401)
  assert.equal((await make('http://sg.example')).statusCode, 201)
})

test('the sign-in form takes a token and says so when it is wrong', async (t) => {
  const { app } = await build(t)
  const send = (token: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/session',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `token=${token}`,
    })
  assert.equal((await send(tokens.admin)).statusCode, 303)
  const refused = await send('wrong')
  assert.equal(refused.statusCode, 401)
  assert.match(refused.body, /<p role="alert">this token is not known or was revoked<\/p>/)
})

test('a token for agents does not sign a browser in', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: { token: tokens.agent } })
  assert.deepEqual([answer.statusCode, answer.json().code], [403, 'FORBIDDEN'])
})

test('after ten failed sign-ins an address waits for the minute to end', async (t) => {
  let time = 1_800_000_000_000
  const { app } = await build(t, { now: () => time })
  const guess = (token: string) => app.inject({ method: 'POST', url: '/v1/session', payload: { token } })
  for (let count = 0; count < 10; count += 1) assert.equal((await guess(`guess-${count}`)).statusCode, 401)
  const blocked = await guess(tokens.admin)
  assert.deepEqual([blocked.statusCode, blocked.json().code], [429, 'TOO_MANY_ATTEMPTS'])
  assert.equal(blocked.headers['retry-after'], '60')
  time += 60_000
  assert.equal((await guess(tokens.admin)).statusCode, 200)
})

test('roles: an agent writes, a viewer reads, an admin hands out tokens', async (t) => {
  const { app, book } = await build(t)
  const viewer = as((await book.create('viewer', 'v', null)).token)
  const operator = as((await book.create('operator', 'o', null)).token)
  const agent = as(tokens.agent)
  const status = async (method: 'GET' | 'POST', url: string, headers: Record<string, string>) =>
    (await app.inject({ method, url, headers: { 'idempotency-key': 'k', 'x-agent-id': 'a', ...headers } }))
      .statusCode
  for (const headers of [viewer, operator]) {
    assert.equal(await status('GET', '/v1/fleet', headers), 200)
    assert.equal(await status('POST', '/v1/measurements', headers), 403)
    assert.equal(await status('GET', '/v1/assignments', headers), 403)
    assert.equal(await status('GET', '/v1/tokens', headers), 403)
  }
  assert.equal(await status('GET', '/v1/assignments', agent), 200)
  for (const url of ['/v1/fleet', '/v1/measurements', '/v1/tokens', '/metrics', '/']) {
    assert.equal(await status('GET', url, agent), 403, url)
  }
  assert.equal(await status('GET', '/v1/tokens', admin), 200)
})

test('a token is shown once, stored as a hash, and ends with its sessions when revoked', async (t) => {
  const { app, store } = await build(t)
  const made = await app.inject({
    method: 'POST',
    url: '/v1/tokens',
    headers: admin,
    payload: { role: 'viewer', name: 'wall' },
  })
  assert.equal(made.statusCode, 201)
  const { token, token_id } = made.json()
  const list = await app.inject({ url: '/v1/tokens', headers: admin })
  assert.deepEqual(
    list.json().tokens.map((one: { name: string }) => one.name),
    ['wall'],
  )
  assert.ok(!list.body.includes(token))
  assert.ok(!JSON.stringify(await store.read('tokens/list', {})).includes(token))
  const session = await app.inject({ method: 'POST', url: '/v1/session', payload: { token } })
  const cookie = String(session.headers['set-cookie']).split(';', 1)[0] ?? ''
  assert.equal((await app.inject({ url: '/v1/fleet', headers: { cookie } })).statusCode, 200)
  const revoked = await app.inject({ method: 'DELETE', url: `/v1/tokens/${token_id}`, headers: admin })
  assert.equal(revoked.statusCode, 204)
  assert.equal((await app.inject({ url: '/v1/fleet', headers: as(token) })).statusCode, 401)
  assert.equal((await app.inject({ url: '/v1/fleet', headers: { cookie } })).statusCode, 401)
  const again = await app.inject({ method: 'DELETE', url: `/v1/tokens/${token_id}`, headers: admin })
  assert.equal(again.statusCode, 404)
})

test('a token bound to an agent speaks for no other', async (t) => {
  const { app, book, store } = await build(t)
  const { token } = await book.create('agent', 'a', 'agent-1')
  const answer = await app.inject(ingest([aMeasurement(), aMeasurement({ agent_id: 'agent-2' })], { token }))
  assert.deepEqual([answer.json().accepted, answer.json().errors[0].code], [1, 'AGENT_MISMATCH'])
  assert.equal(await countMeasurements(store), 1)
  const bound = await app.inject({ url: '/v1/assignments', headers: as(token) })
  assert.equal(bound.json().agent_id, 'agent-1')
  const other = await app.inject({
    url: '/v1/assignments',
    headers: { ...as(token), 'x-agent-id': 'agent-2' },
  })
  assert.deepEqual([other.statusCode, other.json().code], [403, 'AGENT_MISMATCH'])
})

test('only role agent may be bound', async (t) => {
  const { app } = await build(t)
  const payload = { role: 'viewer', name: 'x', agent_id: 'agent-1' }
  const answer = await app.inject({ method: 'POST', url: '/v1/tokens', headers: admin, payload })
  assert.deepEqual([answer.statusCode, answer.json().message], [400, 'agent_id goes with role agent only'])
})

test('the dashboard is served: assets for ever, pages fresh, unknown pages as its own', async (t) => {
  const dashboardDir = await tempDir(t)
  await mkdir(join(dashboardDir, 'assets'))
  await writeFile(join(dashboardDir, 'index.html'), '<title>dashboard</title>')
  await writeFile(join(dashboardDir, 'assets/main-1a2b.js'), 'export {}')
  const { app } = await build(t, { dashboardDir })
  const get = (url: string, headers = {}) => app.inject({ url, headers: { ...admin, ...headers } })
  const page = await get('/', html)
  assert.equal(page.body, '<title>dashboard</title>')
  assert.equal(page.headers['cache-control'], 'no-cache')
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'/)
  assert.equal((await get('/targets/local-flv-tcp', html)).body, '<title>dashboard</title>')
  const asset = await get('/assets/main-1a2b.js')
  assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal((await get('/assets/gone.js')).statusCode, 404)
  assert.equal((await get('/v1/gone', html)).json().code, 'NOT_FOUND')
  assert.equal((await get('/../package.json')).statusCode, 404)
})

test('a dashboard that is not built says what to do', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: '/', headers: { ...admin, ...html } })
  assert.equal(answer.statusCode, 503)
  assert.match(answer.body, /npm run build/)
})

test('the API describes itself, and its readable page loads nothing from elsewhere', async (t) => {
  const { app } = await build(t)
  const paths = Object.keys((await app.inject({ url: '/openapi.json', headers: admin })).json().paths)
  for (const path of [
    '/v1/measurements',
    '/v1/measurements/{measurement_id}',
    '/v1/reports/comparison',
    '/v1/export',
  ]) {
    assert.ok(paths.includes(path), path)
  }
  const page = await app.inject({ url: '/docs', headers: { ...admin, ...html } })
  assert.equal(page.statusCode, 200)
  assert.doesNotMatch(page.body, /(src|href)="https?:/)
  const inline = page.body.match(/<script>|<script [^>]*>\s*[^<\s]/)
  assert.equal(inline, null)
})

test('readiness and figures tell of the store and of ingest', async (t) => {
  const { app } = await build(t)
  await app.inject(ingest([aMeasurement(), aMeasurement({ wall_ms: -1 })]))
  assert.equal((await app.inject({ url: '/readyz', headers: admin })).statusCode, 200)
  const { body } = await app.inject({ url: '/metrics', headers: admin })
  assert.match(body, /streamgauge_ingest_measurements_total\{result="accepted"\} 1/)
  assert.match(body, /streamgauge_ingest_rejections_total\{code="SCHEMA_VIOLATION"\} 1/)
  assert.match(body, /process_resident_memory_bytes \d/)
})
