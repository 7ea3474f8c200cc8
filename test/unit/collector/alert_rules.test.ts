import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { notifiers } from '@streamgauge/collector/alert/notify/index.ts'
import { redact, resolveReceiver } from '@streamgauge/collector/alert/receiver.ts'
import { resolveRules } from '@streamgauge/collector/alert/rules.ts'
import type { AlertsEntry } from '@streamgauge/collector/config/alerts.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { AlertMatch } from '@streamgauge/contract'
import { parse } from 'yaml'
import { aFolder } from '../../support/foreign.ts'

const slack = '{name: chat, type: slack, url: "https://hooks.slack.com/services/T0/B0/key-of-the-robot"}'
const rules = (receivers: string, routes: string) =>
  `alerts: {receivers: [${receivers}], routes: [${routes}]}`
const nowhere = {
  path: 'file.yaml',
  folder: '/',
  nodes: [],
  targets: [],
  agents: [],
  objectives: [],
  env: {},
}

/** One mistake per line, with its exact message. */
const mistakes: readonly (readonly [what: string, yaml: string, message: string])[] = [
  ['an alias within its own anchor', 'alerts: &a {receivers: [*a]}', 'an alias stands within its own anchor'],
  ['a key that is there twice', 'alerts: {}\nalerts: {}', 'Map keys must be unique'],
  [
    'a receiver that is there twice',
    rules(`${slack}, ${slack}`, '{receivers: [chat]}'),
    "alerts.receivers[1].name: 'chat' is there twice",
  ],
  [
    'a route to nobody known',
    rules(slack, '{receivers: [chta]}'),
    "alerts.routes[0].receivers[0]: no receiver 'chta'",
  ],
  [
    'a route to somebody twice',
    rules(slack, '{receivers: [chat, chat]}'),
    "alerts.routes[0].receivers[1]: 'chat' is there twice",
  ],
  [
    'an Alertmanager that is to take decisions',
    rules('{name: am, type: alertmanager, url: "http://a.example"}', '{receivers: [am], sends: [decisions]}'),
    'alerts.routes[0].receivers[0]: an Alertmanager takes no decisions',
  ],
  [
    'decisions by what none has',
    rules(slack, '{receivers: [chat], sends: [decisions], match: {transport: [quic]}}'),
    'alerts.routes[0].match.transport: no decision has one',
  ],
  [
    'something else to send',
    rules(slack, '{receivers: [chat], sends: [reports]}'),
    'alerts.routes[0].sends[0]',
  ],
  [
    'an objective with a name that is taken',
    'objectives: [{name: resilience, signal: failed, target_ratio: 0.9}]',
    "objectives[0].name: 'resilience' is what alerts on steering are called",
  ],
  [
    'an unknown key of a route',
    rules(slack, '{recievers: [chat]}'),
    'unknown key alerts.routes[0].recievers',
  ],
  [
    'an unknown kind of receiver',
    rules('{name: a, type: pager}', '{receivers: [a]}'),
    'alerts.receivers[0].type',
  ],
  [
    'a node nobody knows',
    rules(slack, '{receivers: [chat], match: {node_id: [gone]}}'),
    "alerts.routes[0].match.node_id[0]: no node 'gone'",
  ],
  [
    'an agent nobody knows',
    rules(slack, '{receivers: [chat], match: {agent_id: [gone]}}'),
    "alerts.routes[0].match.agent_id[0]: no agent 'gone'",
  ],
  [
    'a provider nobody knows',
    rules(slack, '{receivers: [chat], match: {provider: [gone]}}'),
    "alerts.routes[0].match.provider[0]: no provider 'gone'",
  ],
  [
    'an objective nobody has',
    rules(slack, '{receivers: [chat], match: {objective: [gone]}}'),
    "alerts.routes[0].match.objective[0]: no objective 'gone'",
  ],
  [
    'a group by something unknown',
    rules(slack, '{receivers: [chat], group_by: [contry]}'),
    'alerts.routes[0].group_by[0] must',
  ],
  [
    'no URL',
    rules('{name: a, type: slack}', '{receivers: [a]}'),
    'alerts.receivers[0]: give one of url, url_env and url_file',
  ],
  [
    'a URL that is none',
    rules('{name: a, type: slack, url: "ftp://a.example/key"}', '{receivers: [a]}'),
    'alerts.receivers[0]: the url must be one that begins with http:// or https://',
  ],
  [
    'a webhook that is not signed',
    rules('{name: a, type: webhook, url: "https://a.example/"}', '{receivers: [a]}'),
    'alerts.receivers[0]: a webhook is signed; give secret_env or secret_file',
  ],
  [
    'a secret that is not there',
    rules(
      '{name: a, type: webhook, url: "https://a.example/", secret_env: NOT_SET_ANYWHERE}',
      '{receivers: [a]}',
    ),
    'alerts.receivers[0].secret_env: NOT_SET_ANYWHERE is not set in the environment',
  ],
  [
    'a secret nothing is signed with',
    rules('{name: a, type: slack, url: "https://a.example/", secret_env: HOME}', '{receivers: [a]}'),
    'alerts.receivers[0]: slack takes no secret',
  ],
  [
    'an e-mail to nobody',
    rules('{name: a, type: email, url: "smtp://mail.example", from: a@b.example}', '{receivers: [a]}'),
    'alerts.receivers[0]: an e-mail needs to',
  ],
  [
    'an address with a second header',
    rules(
      '{name: a, type: email, url: "smtp://mail.example", from: "a@b.example\\nBcc: c@d.example", to: [a@b.example]}',
      '{receivers: [a]}',
    ),
    'alerts.receivers[0].from must match pattern',
  ],
]

for (const [what, yaml, message] of mistakes) {
  test(`alert rules with ${what} are refused`, () => {
    assert.throws(
      () => parseConfig(yaml, 'file.yaml'),
      (error) => error instanceof Error && error.message.includes(message),
    )
  })
}

test('a refusal shows no URL and no secret', async (t) => {
  const folder = aFolder(t, 'alerts')
  await writeFile(join(folder, 'url'), 'htps://robot.example/send?key=key-of-the-robot\n')
  const entry: AlertsEntry = {
    receivers: [{ name: 'a', type: 'wecom', url_file: 'url' }],
    routes: [{ receivers: ['a'] }],
  }
  assert.throws(
    () => resolveRules(entry, { ...nowhere, folder }),
    (error) => error instanceof Error && !error.message.includes('key-of-the-robot'),
  )
})

test('what is left out of a route has its stated value', () => {
  const { routes, dashboard_url } = resolveRules(
    {
      receivers: [{ name: 'a', type: 'slack', url: 'https://a.example/' }],
      routes: [{ receivers: ['a'] }, { receivers: ['a'], match: { severity: ['info'] } }],
    },
    nowhere,
  )
  assert.deepEqual(routes[0], {
    sends: ['incidents'],
    match: {},
    receivers: ['a'],
    min_severity: 'warning',
    group_by: ['country'],
    group_wait_s: 30,
    group_interval_s: 300,
    repeat_interval_s: 14_400,
    resolved: true,
  })
  assert.equal(routes[1]?.min_severity, 'info')
  assert.equal(dashboard_url, null)
})

test('URLs and secrets come from the environment or from files beside the configuration', async (t) => {
  const folder = aFolder(t, 'alerts')
  await writeFile(join(folder, 'secret'), 'of the file\n')
  const place = { at: 'here', folder, env: { URL_OF_IT: 'https://a.example/hook' }, refuse: assert.fail }
  const receiver = resolveReceiver(
    { name: 'a', type: 'webhook', url_env: 'URL_OF_IT', secret_file: 'secret' },
    place,
  )
  assert.deepEqual(receiver, {
    name: 'a',
    type: 'webhook',
    url: 'https://a.example/hook',
    secret: 'of the file',
    mail: null,
  })
})

test('of what a receiver answers, nothing is shown that is a key to it', () => {
  const url = 'https://user:pass%21word@robot.example/hooks/abcdef123/x?access_token=0123456789'
  const receiver = { name: 'a', type: 'dingtalk', url, secret: 'SECabc', mail: null } as const
  const answers = [
    `Cannot POST /hooks/abcdef123/x?access_token=0123456789`,
    `no token 0123456789`,
    `signed with SECabc`,
    `fetch ${url}`,
    `pass!word is wrong`,
  ]
  for (const answer of answers) {
    const shown = redact(answer, receiver)
    for (const key of ['abcdef123', '0123456789', 'SECabc', 'pass!word', 'pass%21word'])
      assert.ok(!shown.includes(key), shown)
    assert.match(shown, /\[hidden\]/)
  }
  assert.equal(redact('robot.example is down', receiver), 'robot.example is down')
})

const MANUAL = fileURLToPath(new URL('../../../docs/alerting.md', import.meta.url))

test('the rules in the manual are sound', async (t) => {
  const folder = aFolder(t, 'alerts')
  await mkdir(join(folder, 'secrets'))
  await writeFile(join(folder, 'secrets/dingtalk-url'), 'https://oapi.dingtalk.com/robot/send?access_token=x')
  await writeFile(join(folder, 'secrets/dingtalk-secret'), 'SECabc')
  const yaml = /```yaml\n(.*?)```/s.exec(await readFile(MANUAL, 'utf8'))?.[1] ?? ''
  const { alerts }: { alerts: AlertsEntry } = parse(yaml)
  const env = { ON_CALL_SECRET: 'a', SMTP_PASSWORD: 'b' }
  const { receivers, routes } = resolveRules(alerts, { ...nowhere, folder, env })
  assert.deepEqual(
    receivers.map(({ type, secret }) => [type, secret]),
    [
      ['webhook', 'a'],
      ['dingtalk', 'SECabc'],
      ['email', 'b'],
    ],
  )
  assert.deepEqual(routes[1]?.group_by, ['country', 'isp'])
})

test('the manual names every kind of receiver, everything a rule chooses by, and the value of what is left out', async () => {
  const manual = await readFile(MANUAL, 'utf8')
  for (const type of Object.keys(notifiers)) assert.match(manual, new RegExp(`^\\| \`${type}\` \\|`, 'm'))
  for (const name of Object.keys(AlertMatch.properties)) assert.ok(manual.includes(`\`${name}\``), name)
  for (const row of ['`group_wait_s` | 30 |', '`group_interval_s` | 300 |', '`repeat_interval_s` | 14400 |'])
    assert.ok(manual.includes(row), row)
})
