import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig, parseConfig } from '@streamgauge/collector/config/config.ts'
import { readEnvironment } from '@streamgauge/collector/config/environment.ts'
import { localConfig, parsePlace } from '@streamgauge/collector/start/local-config.ts'
import { Assignment, Node, Target } from '@streamgauge/contract'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { tempDir } from '../../support/collector.ts'

const EXAMPLE = fileURLToPath(new URL('../../../docs/streamgauge.example.yaml', import.meta.url))

const node = '{node_id: n, name: N, kind: edge, country: SG}'
const target =
  '{target_id: t, url: https://n.example/s.flv, node_id: n, stream_id: s, transport: tcp, format: flv}'

/** One mistake per line, with its exact message. */
const mistakes: readonly (readonly [what: string, yaml: string, message: string])[] = [
  ['text that is not YAML', '{', 'CONFIG_NOT_YAML'],
  ['an unknown key', 'nods: []', 'file.yaml: unknown key nods'],
  [
    'an unknown key of a target',
    `nodes: [${node}]\ntargets: [{target_id: t, ur: x}]`,
    'file.yaml: unknown key targets[0].ur',
  ],
  [
    'a missing key',
    'nodes: [{node_id: n, name: N, kind: edge}]',
    'file.yaml: nodes[0] must have required properties country',
  ],
  [
    'a country that is none',
    'nodes: [{node_id: n, name: N, kind: edge, country: sgp}]',
    'file.yaml: nodes[0].country must match pattern "^[A-Z]{2}$"',
  ],
  [
    'a node that is there twice',
    `nodes: [${node}, ${node}]`,
    "file.yaml: nodes[1].node_id: 'n' is there twice",
  ],
  ['a target of no node', `targets: [${target}]`, "file.yaml: targets[0].node_id: no node 'n'"],
  [
    'an assignment of no target',
    'assignments: [{assignment_id: a, agents: ["*"], targets: [t]}]',
    "file.yaml: assignments[0].targets[0]: no target 't'",
  ],
  [
    'an assignment of no agent',
    `nodes: [${node}]\ntargets: [${target}]\nassignments: [{assignment_id: a, agents: [x], targets: [t]}]`,
    "file.yaml: assignments[0].agents[0]: no agent 'x'",
  ],
  [
    'a pair of one',
    `nodes: [${node}]\ntargets: [${target}]\nassignments: [{assignment_id: a, agents: ["*"], targets: [t, t]}]`,
    'file.yaml: assignments[0].targets: a pair needs two different targets',
  ],
  [
    'a cron expression that is none',
    `nodes: [${node}]\ntargets: [${target}]\nassignments: [{assignment_id: a, agents: ["*"], targets: [t], cron: often}]`,
    "file.yaml: assignments[0].cron: 'often' is not a cron expression",
  ],
  [
    'HTTP/3 over TCP',
    `nodes: [${node}]\ntargets: [${target.replace('}', ", http_version: '3'}")}]`,
    "file.yaml: targets[0].http_version: '3' is not spoken over tcp",
  ],
  [
    'QUIC without encryption',
    `nodes: [${node}]\ntargets: [${target.replace('https', 'http').replace('tcp', 'quic')}]`,
    'file.yaml: targets[0].url: QUIC is always encrypted, so the URL begins with https://',
  ],
  [
    'an authority that cannot be read',
    `nodes: [${node}]\ntargets: [${target.replace('}', ', ca_file: gone.pem}')}]`,
    'cannot read',
  ],
]

for (const [what, yaml, message] of mistakes) {
  test(`a configuration with ${what} is refused`, () => {
    assert.throws(
      () => parseConfig(yaml, 'file.yaml'),
      (error) => `${(error as { code: string }).code} ${(error as Error).message}`.includes(message),
    )
  })
}

test('the example is sound and every record of it keeps the contract', () => {
  const config = loadConfig(EXAMPLE)
  const assignments = config.assignments.map(({ assignment }) => assignment)
  assert.ok(Value.Check(Type.Array(Node), config.nodes))
  assert.ok(Value.Check(Type.Array(Target), config.targets))
  assert.ok(Value.Check(Type.Array(Assignment), assignments))
  assert.equal(assignments[0]?.targets.length, 2)
})

test('what is left out has its stated value', () => {
  const yaml = `nodes: [${node}]\ntargets: [${target}]\nassignments: [{assignment_id: a, agents: ["*"], targets: [t]}]`
  const { targets, assignments } = parseConfig(yaml, 'file.yaml')
  const { route, provider, http_version, ca_pem, insecure } = targets[0] ?? {}
  assert.deepEqual([route, provider, http_version, ca_pem, insecure], ['public', 'own', null, null, false])
  const { targets: _targets, ...assignment } = assignments[0]?.assignment ?? {}
  assert.deepEqual(assignment, {
    assignment_id: 'a',
    kind: 'stream',
    cron: '*/30 * * * * *',
    spread_ms: 0,
    duration_ms: 20_000,
    policy_start_ms: 1_000,
    policy_resume_ms: 1_000,
    budget_bytes_per_day: null,
  })
})

test('a ca_file is read beside the configuration', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'ca.pem'), 'PEM')
  const yaml = `nodes: [${node}]\ntargets: [${target.replace('}', ', ca_file: ca.pem}')}]`
  assert.equal(parseConfig(yaml, join(folder, 'file.yaml')).targets[0]?.ca_pem, 'PEM')
})

test('the local configuration is sound and pairs TCP with QUIC', async (t) => {
  const ca = join(await tempDir(t), 'ca.pem')
  await writeFile(ca, 'PEM')
  const place = parsePlace('SG,Singtel,1.35,103.82')
  const { nodes, assignments } = parseConfig(localConfig(place, 8443, ca), 'local.yaml')
  assert.equal(nodes[0]?.latitude, 1.35)
  const pairs = assignments.map(({ assignment }) => assignment.targets.map((one) => one.target_id))
  assert.deepEqual(pairs, [
    ['local-flv-tcp', 'local-flv-quic'],
    ['local-hls-tcp', 'local-hls-quic'],
  ])
})

test('a place may go without coordinates', () => {
  assert.deepEqual(parsePlace('TH,AIS'), { country: 'TH', isp: 'AIS', latitude: null, longitude: null })
  assert.throws(() => parsePlace('Thailand'), { code: 'ENVIRONMENT_INVALID' })
})

test('the environment has defaults, and an empty variable is unset', () => {
  const { PORT, HOST, DATA_DIR, CONFIG } = readEnvironment({ CONFIG: '' })
  assert.deepEqual([PORT, HOST, DATA_DIR, CONFIG], [8080, '127.0.0.1', './data', undefined])
})

test('a bad port is refused by name', () => {
  assert.throws(() => readEnvironment({ PORT: 'x' }), {
    code: 'ENVIRONMENT_INVALID',
    message: 'PORT must be integer',
  })
})
