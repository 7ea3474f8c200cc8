import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Located, type StoredMeasurement } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aMeasurement, as, build, ingest, listen, tokens } from '../../support/collector.ts'

/** An address of Chunghwa Telecom, and one of Deutsche Telekom. */
const [TAIWAN, GERMANY] = ['168.95.1.1', '194.25.0.60']

test('an address is told, and what is none is refused', async (t) => {
  const { app } = await build(t)
  const ask = async (query: string) => {
    const answer = await app.inject({ url: `/v1/locate${query}`, headers: as(tokens.admin) })
    return { status: answer.statusCode, json: answer.json() }
  }
  const { status, json } = await ask(`?ip=::ffff:${TAIWAN}`)
  assert.equal(status, 200)
  assert.ok(Value.Check(Located, json))
  assert.deepEqual(
    [json.ip, json.country, json.isp, json.confidence],
    [TAIWAN, 'TW', 'Chunghwa Telecom', 'high'],
  )
  assert.equal((await ask('?ip=10.0.0.1')).json.reserved, 'private')
  for (const query of [
    '?ip=nobody',
    '?ip=1.2.3',
    '?ip=',
    '?ip=1.1.1.1&ip=2.2.2.2',
    `?ip=${'1'.repeat(65)}`,
  ]) {
    const { status, json } = await ask(query)
    assert.deepEqual([status, json.code], [400, 'INVALID_PARAMETER'], query)
  }
  assert.equal((await app.inject({ url: `/v1/locate?ip=${TAIWAN}` })).statusCode, 401)
})

test('whom an agent comes from is what a proxy says only where that proxy is trusted', async (t) => {
  for (const [trustedProxies, country] of [
    [[], 'ZZ'],
    [['192.0.2.7'], 'ZZ'],
    [['127.0.0.1'], 'TW'],
  ] as const) {
    await t.test(`trusted: ${trustedProxies.join() || 'none'}`, async (t) => {
      const { app } = await build(t, { trustedProxies })
      const url = await listen(app)
      // The first is what a liar wrote; the last is what the proxy next to us did.
      const forwarded = { 'x-forwarded-for': `${GERMANY}, ${TAIWAN}` }
      const own = await fetch(`${url}/v1/locate`, { headers: { ...as(tokens.admin), ...forwarded } })
      const { country: told } = await own.json()
      assert.equal(told ?? 'ZZ', country)
      const { headers, payload } = ingest([aMeasurement({ agent_id: 'nobody-registered' })])
      const sent = await fetch(`${url}/v1/measurements`, {
        method: 'POST',
        headers: { ...headers, ...forwarded },
        body: payload,
      })
      assert.equal(sent.status, 200)
      const list = await fetch(`${url}/v1/measurements`, { headers: as(tokens.admin) })
      const [stored]: StoredMeasurement[] = (await list.json()).measurements
      assert.deepEqual([stored?.country, stored?.asn], country === 'TW' ? ['TW', 3462] : ['ZZ', null])
    })
  }
})
