import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSimulateOptions } from '@streamgauge/collector/command/simulate_options.ts'
import { readEnvironment } from '@streamgauge/collector/config/environment.ts'
import { occurrencesOf } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import { DEFAULT_SCRIPT, parseScript, readScript } from '@streamgauge/collector/simulate/incident/script.ts'

const env = readEnvironment({})
const NOW = Date.parse('2026-11-20T12:00:00Z')
const read = (...args: string[]) => readSimulateOptions(args, env, NOW)
const refused = (code: string, message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error && 'code' in error)
  assert.equal(error.code, code)
  if (typeof message === 'string') assert.equal(error.message, message)
  else assert.match(error.message, message)
  return true
}

for (const [args, message] of [
  [[], 'say where to: --collector URL, --data-dir DIR or --write-config FILE'],
  [['--collector', 'http://a', '--data-dir', 'b'], 'give --collector or --data-dir, not both'],
  [['--collector', 'http://a'], '--collector needs --token, or AGENT_TOKEN'],
  [['--collector', 'a', '--token', 't'], '--collector must begin with http:// or https://'],
  [['--data-dir', 'd'], '--data-dir needs --from and --to'],
  [['--data-dir', 'd', '--from', 'yesterday'], '--from must be a time like 2026-11-01T00:00:00Z'],
  [['--data-dir', 'd', '--from', '2026-11-02', '--to', '2026-11-01'], '--to is not after --from'],
  [['--data-dir', 'd', '--rate', '0', '--to', '2027-01-01'], '--rate must be a number from 0.001 to 1000000'],
  [['--write-config', 'f', '--agents', '1.5'], '--agents must be a whole number from 1 to 10000'],
  [['--write-config', 'f', '--nodes', '8'], '--nodes must be a whole number from 9 to 10000'],
  [['--write-config', 'f', '--seed', ''], '--seed must be a whole number from 0 to 4294967295'],
] as const) {
  test(`refuses ${args.join(' ') || 'no arguments'}`, () => {
    assert.throws(() => read(...args), refused('BAD_ARGUMENTS', message))
  })
}

test('a number of rows over a span of time is a rate', () => {
  const { settings, from_ms, to_ms } = read(
    ...[
      '--data-dir',
      'd',
      '--from',
      '2026-11-01T00:00:00Z',
      '--to',
      '2026-11-02T00:00:00Z',
      '--rows',
      '864000',
    ],
  )
  assert.equal(settings.rate, 10)
  assert.equal((to_ms ?? 0) - from_ms, 86_400_000)
})

test('without times it goes on from now, for ever', () => {
  const { from_ms, to_ms, to_where } = read('--collector', 'http://127.0.0.1:1', '--token', 't')
  assert.equal(from_ms, NOW)
  assert.equal(to_ms, null)
  assert.equal(to_where, 'collector')
})

for (const [entry, message] of [
  [
    '{ name: a, scope: cell, where: { country: TH }, effect: { latency_ms: 1 }, every_s: 60, length_s: 1 }',
    'scope cell needs where.isp',
  ],
  [
    '{ name: a, scope: node, where: { node_id: n }, effect: { latency_ms: 1 } }',
    'give start and end, or every_s and length_s',
  ],
  [
    '{ name: a, scope: node, where: { node_id: n }, effect: { latency_ms: 1 }, every_s: 60, offset_s: 50, length_s: 20 }',
    'offset_s and length_s are longer than every_s',
  ],
  [
    "{ name: a, scope: route, where: { route: r }, effect: { latency_ms: 1 }, start: '2026-11-02T00:00:00.000Z', end: '2026-11-01T00:00:00.000Z' }",
    'end is not after start',
  ],
] as const) {
  test(`a script is refused: ${message}`, () => {
    assert.throws(
      () => parseScript(`incidents: [${entry}]`, 's.yaml'),
      refused('SCRIPT_INVALID', `s.yaml: incidents[0] a: ${message}`),
    )
  })
}

test('a script with an unknown key or an effect of nothing is refused, and one that is not there too', () => {
  const script = (effect: string) =>
    `incidents: [{ name: a, scope: node, where: { node_id: n }, effect: ${effect}, every_s: 60, length_s: 1 }]`
  assert.throws(
    () => parseScript(script('{ loss: 1 }'), 's'),
    refused('SCRIPT_INVALID', /^s: \/incidents\/0\/effect/),
  )
  assert.throws(() => parseScript(script('{}'), 's'), refused('SCRIPT_INVALID', /^s: \/incidents\/0\/effect/))
  assert.throws(
    () => readScript('/nowhere/s.yaml'),
    refused('SCRIPT_UNREADABLE', /^cannot read \/nowhere\/s\.yaml: ENOENT/),
  )
})

test('what recurs is found in any window, at the same times', () => {
  const [recurring] = parseScript(
    'incidents: [{ name: a, scope: route, where: { route: dedicated }, effect: { loss_ratio: 0.1 }, every_s: 3600, offset_s: 900, length_s: 600 }]',
    's',
  )
  assert.ok(recurring)
  const starts = (from: string, to: string) =>
    occurrencesOf([recurring], Date.parse(`2026-11-20T${from}Z`), Date.parse(`2026-11-20T${to}Z`)).map(
      ({ incident_id }) => incident_id,
    )
  assert.deepEqual(starts('12:24:59', '13:15:00'), ['a:2026-11-20T12:15:00.000Z'])
  assert.deepEqual(starts('12:25:00', '13:15:01'), ['a:2026-11-20T13:15:00.000Z'])
  assert.deepEqual(starts('12:25:00', '12:40:00'), [])
})

test('the default script has something of every scope', () => {
  const scopes = new Set(readScript(DEFAULT_SCRIPT).map(({ scope }) => scope))
  assert.deepEqual([...scopes].sort(), ['agent', 'cell', 'node', 'region', 'route', 'transport'])
})
