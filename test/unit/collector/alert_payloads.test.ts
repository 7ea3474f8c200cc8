import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Message } from '@streamgauge/collector/alert/message.ts'
import { alertmanager } from '@streamgauge/collector/alert/notify/alertmanager.ts'
import { dingtalk } from '@streamgauge/collector/alert/notify/dingtalk.ts'
import { feishu } from '@streamgauge/collector/alert/notify/feishu.ts'
import { type Dialect, retryAfter } from '@streamgauge/collector/alert/notify/http.ts'
import { slack } from '@streamgauge/collector/alert/notify/slack.ts'
import { signWebhook, webhook } from '@streamgauge/collector/alert/notify/webhook.ts'
import { wecom } from '@streamgauge/collector/alert/notify/wecom.ts'
import { factsIn, fitting, scopeOf } from '@streamgauge/collector/alert/notify/words.ts'
import type { Receiver } from '@streamgauge/collector/alert/receiver.ts'
import type { Decision, Incident } from '@streamgauge/contract'
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { aDecision } from '../../support/decision.ts'
import { aFolder } from '../../support/foreign.ts'
import { anIncident } from '../../support/incident.ts'

const NOW_MS = Date.parse('2026-11-22T10:05:00.500Z')
const closed = { additionalProperties: false }

function made(
  dialect: Dialect,
  type: Receiver['type'],
  incidents: readonly Incident[],
  secret: string | null = null,
  dashboard_url: string | null = 'https://gauge.example',
  decisions: readonly Decision[] = [],
) {
  const receiver = { name: 'ops', type, url: 'https://robot.example/send?access_token=x', secret, mail: null }
  const message: Message = {
    delivery_id: '019ac000-0000-7000-8000-000000000001',
    created_ms: NOW_MS - 500,
    receiver: 'ops',
    group: 'country=TH',
    repeat: false,
    incidents,
    former: [],
    decisions,
  }
  const outgoing = dialect.make(receiver, message, { now_ms: NOW_MS, dashboard_url })
  return { ...outgoing, json: JSON.parse(outgoing.body) }
}

/** Throws with the first thing that is not as published. */
function assertIs(schema: TSchema, json: unknown) {
  assert.deepEqual([...Value.Errors(schema, json)].slice(0, 1), [])
}

/** Fifty incidents with summaries as long as may be, in signs of three bytes that have to be escaped besides. */
const many = Array.from({ length: 50 }, () => anIncident({ summary: '<&@卡>'.repeat(204) }))

const hostile = anIncident({
  scope: { kind: 'isp', key: '<!channel>', where: { isp: '<!channel> @all [x](https://evil.example)' } },
  summary: '<@U1>\n# *x* <at id=all></at>',
})

const Plain = Type.Object({ tag: Type.Literal('plain_text'), content: Type.String({ minLength: 1 }) }, closed)

/** https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: a card; `timestamp` in s and `sign` where it is signed. */
const FeishuBody = Type.Object(
  {
    timestamp: Type.Optional(Type.String({ pattern: '^[0-9]{10}$' })),
    sign: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
    msg_type: Type.Literal('interactive'),
    card: Type.Object(
      {
        config: Type.Object({ wide_screen_mode: Type.Boolean() }, closed),
        header: Type.Object(
          { template: Type.Union([Type.Literal('red'), Type.Literal('green')]), title: Plain },
          closed,
        ),
        elements: Type.Array(
          Type.Union([
            Type.Object({ tag: Type.Literal('div'), text: Plain }, closed),
            Type.Object(
              {
                tag: Type.Literal('action'),
                actions: Type.Array(
                  Type.Object(
                    {
                      tag: Type.Literal('button'),
                      text: Plain,
                      type: Type.Literal('default'),
                      url: Type.String(),
                    },
                    closed,
                  ),
                ),
              },
              closed,
            ),
          ]),
        ),
      },
      closed,
    ),
  },
  closed,
)

test('Feishu gets a card, signed over the second, of 20 KB at most', () => {
  const { json } = made(feishu, 'feishu', [anIncident()], 'secret')
  assertIs(FeishuBody, json)
  // printf '' | openssl dgst -sha256 -hmac "$(printf '1795341900\nsecret')" -binary | base64
  assert.deepEqual(
    [json.timestamp, json.sign],
    ['1795341900', 'FMGJbWMqYrAS4JqGIYGfxwgqHyN69qewnn0/J3dhUys='],
  )
  assert.equal(json.card.header.title.content, 'Streamgauge: CRITICAL open: AIS in Thailand (TH)')
  const long = made(feishu, 'feishu', many)
  assertIs(FeishuBody, long.json)
  assert.equal(long.json.sign, undefined)
  assert.ok(Buffer.byteLength(long.body) <= 20_000)
  assert.match(long.json.card.elements[0].text.content, /and \d+ more$/)
  const over = { ...anIncident(), state: 'closed' as const }
  assert.equal(made(feishu, 'feishu', [over]).json.card.header.template, 'green')
})

/** https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages: Markdown. */
const DingtalkBody = Type.Object(
  {
    msgtype: Type.Literal('markdown'),
    markdown: Type.Object(
      { title: Type.String({ minLength: 1 }), text: Type.String({ minLength: 1 }) },
      closed,
    ),
    at: Type.Object({ isAtAll: Type.Literal(false) }, closed),
  },
  closed,
)

test('DingTalk gets Markdown, signed in the URL over the millisecond, of 20,000 bytes at most', () => {
  const { json, url } = made(dingtalk, 'dingtalk', [anIncident()], 'SECabc')
  assertIs(DingtalkBody, json)
  const { searchParams } = new URL(url)
  // printf '1795341900500\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64
  assert.deepEqual(
    ['access_token', 'timestamp', 'sign'].map((name) => searchParams.get(name)),
    ['x', '1795341900500', 'J3ZXJFSnIGEODlZxuCxsgVwmPY7+Fz9W4C7uyS0TR40='],
  )
  assert.ok(!/[+ ]/.test(new URL(url).search), 'a plus in the signature is percent-encoded')
  const long = made(dingtalk, 'dingtalk', many)
  assertIs(DingtalkBody, long.json)
  assert.ok(Buffer.byteLength(long.body) <= 20_000)
})

/** https://developer.work.weixin.qq.com/document/path/91770: Markdown of 4,096 bytes of UTF-8 at most. */
const WecomBody = Type.Object(
  {
    msgtype: Type.Literal('markdown'),
    markdown: Type.Object({ content: Type.String({ minLength: 1 }) }, closed),
  },
  closed,
)

test('WeCom gets Markdown of 4,096 bytes at most, and is told how many more there are', () => {
  const incident = anIncident({ objective: 'starts' })
  const { json } = made(wecom, 'wecom', [incident])
  assertIs(WecomBody, json)
  assert.equal(
    json.markdown.content,
    [
      '### Streamgauge: CRITICAL open: AIS in Thailand (TH)',
      '- **CRITICAL open: AIS in Thailand (TH)**',
      '  - first frames take twice as long',
      '  - objective starts is not kept',
      '  - 31 of 40 runs were slow to connect, 1.5 expected',
      '  - since 2026-11-22 10:00:00 UTC, found 2026-11-22 10:00:00 UTC by 3 agents',
      `  - [dashboard](https://gauge.example/#/incidents/${incident.incident_id})`,
    ].join('\n'),
  )
  const long = made(wecom, 'wecom', many)
  assertIs(WecomBody, long.json)
  const { content } = long.json.markdown
  assert.ok(Buffer.byteLength(content) <= 4_096, String(Buffer.byteLength(content)))
  assert.match(content, /\nand (49|50) more$/)
  const one = made(wecom, 'wecom', [anIncident({ summary: '卡'.repeat(2_000) })]).json.markdown.content
  assert.ok(Buffer.byteLength(one) <= 4_096)
  assert.match(one, /…$/)
})

const PlainText = (maxLength: number) =>
  Type.Object(
    {
      type: Type.Literal('plain_text'),
      text: Type.String({ minLength: 1, maxLength }),
      emoji: Type.Optional(Type.Boolean()),
    },
    closed,
  )

/**
 * https://docs.slack.dev/reference/block-kit/blocks: 50 blocks at most; a header has 150 signs of plain text, a section 3,000.
 */
const SlackBody = Type.Object(
  {
    text: Type.String({ minLength: 1 }),
    blocks: Type.Array(
      Type.Union([
        Type.Object({ type: Type.Literal('header'), text: PlainText(150) }, closed),
        Type.Object(
          {
            type: Type.Literal('section'),
            text: Type.Object(
              { type: Type.Literal('mrkdwn'), text: Type.String({ minLength: 1, maxLength: 3_000 }) },
              closed,
            ),
          },
          closed,
        ),
        Type.Object({ type: Type.Literal('context'), elements: Type.Array(PlainText(3_000)) }, closed),
      ]),
      { minItems: 1, maxItems: 50 },
    ),
  },
  closed,
)

test('Slack gets blocks, 50 at most, of 3,000 signs, with entities that are whole', () => {
  const { json } = made(slack, 'slack', [anIncident()])
  assertIs(SlackBody, json)
  assert.match(
    json.blocks[1].text.text,
    /^\*CRITICAL open: AIS in Thailand \(TH\)\*\nfirst frames .*<https:\/\/gauge\.example\/#\/incidents\/[0-9a-f-]{36}\|dashboard>$/s,
  )
  const long = made(slack, 'slack', many)
  assertIs(SlackBody, long.json)
  assert.equal(long.json.blocks.length, 50)
  assert.equal(long.json.blocks[49].elements[0].text, 'and 2 more')
  for (const { text } of long.json.blocks.slice(1, 49))
    assert.ok(!/&(?!(amp|lt|gt);)/.test(text.text), text.text.slice(-20))
  const longName = anIncident({ scope: { kind: 'isp', key: 'x', where: { isp: '&'.repeat(128) } } })
  assertIs(SlackBody, made(slack, 'slack', [longName]).json)
})

test('what comes from elsewhere mentions nobody and links nowhere', () => {
  for (const dialect of [wecom, dingtalk]) {
    const { json } = made(dialect, 'wecom', [hostile], null, null)
    const text: string = json.markdown.content ?? json.markdown.text
    assert.ok(!/[<>@[\]`]/.test(text), text)
    assert.equal(text.split('\n').length, 5)
  }
  const { blocks } = made(slack, 'slack', [hostile], null, null).json
  assert.ok(!/[<>]/.test(blocks[1].text.text))
})

/** The published `postableAlerts` of https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. */
const PostableAlerts = Type.Array(
  Type.Object(
    {
      labels: Type.Record(
        Type.String({ pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$' }),
        Type.String({ minLength: 1 }),
      ),
      annotations: Type.Record(Type.String(), Type.String()),
      startsAt: Type.String(),
      endsAt: Type.String(),
      generatorURL: Type.Optional(Type.String()),
    },
    closed,
  ),
)

test('an Alertmanager gets alerts that last ten minutes, and those that ended', () => {
  const run = '019ac000-0000-7000-8000-00000000000a'
  const over = {
    ...anIncident({ measurement_ids: [run] }),
    state: 'closed' as const,
    ended_at: '2026-11-22T10:04:00.000Z',
  }
  const { json, url } = made(alertmanager, 'alertmanager', [anIncident(), over])
  assert.equal(url, 'https://robot.example/send/api/v2/alerts?access_token=x')
  assertIs(PostableAlerts, json)
  const { incident_id: _, ...labels } = json[0].labels
  assert.deepEqual(labels, {
    alertname: 'StreamgaugeIncident',
    severity: 'critical',
    scope_kind: 'cell',
    country: 'TH',
    isp: 'AIS',
  })
  assert.deepEqual([json[0].endsAt, json[1].endsAt], ['2026-11-22T10:15:00.500Z', over.ended_at])
  assert.equal(json[1].generatorURL, `https://gauge.example/#/incidents/${over.incident_id}`)
})

test('a webhook is signed as Standard Webhooks 1.0 has it, over the second it is sent at', () => {
  // The example of the reference libraries: https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  assert.equal(
    signWebhook(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
  const { headers, body, json } = made(webhook, 'webhook', [anIncident()], secret)
  assert.equal(headers['webhook-id'], '019ac000-0000-7000-8000-000000000001')
  assert.equal(headers['webhook-timestamp'], '1795341900')
  assert.equal(
    headers['webhook-signature'],
    signWebhook(secret, '019ac000-0000-7000-8000-000000000001', 1_795_341_900, body),
  )
  assert.equal(json.type, 'incidents.changed')
  assert.equal(json.data.headline, 'CRITICAL open: AIS in Thailand (TH)')
})

test('both recipes of the manual for checking a signature take what is sent, and the first nothing that is changed or old', async (t) => {
  const manual = readFileSync(new URL('../../../docs/alerting.md', import.meta.url), 'utf8')
  const [, script = ''] = /```js\n(.*?)```/s.exec(manual) ?? []
  const [, shell = ''] = /```sh\n# body as it came.*?\n(.*?) # is what/s.exec(manual) ?? []
  const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(script)}`)
  const folder = aFolder(t, 'alerts')
  for (const secret of ['plain secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) {
    const at = Math.floor(Date.now() / 1_000)
    const { body } = made(webhook, 'webhook', [anIncident()], secret)
    const sent = (atS: number) => ({
      'webhook-id': 'id',
      'webhook-timestamp': String(atS),
      'webhook-signature': signWebhook(secret, 'id', atS, body),
    })
    assert.equal(isGenuine(sent(at), body, secret), true)
    assert.equal(isGenuine(sent(at), `${body} `, secret), false)
    assert.equal(isGenuine({ ...sent(at), 'webhook-id': 'other' }, body, secret), false)
    assert.equal(isGenuine(sent(at - 301), body, secret), false)
    assert.equal(isGenuine({}, body, secret), false)
    if (secret.startsWith('whsec_')) continue
    writeFileSync(join(folder, 'body.json'), body)
    const env = { ...process.env, WEBHOOK_ID: 'id', WEBHOOK_TIMESTAMP: String(at), SECRET: secret }
    const signature = execFileSync('sh', ['-c', shell], { cwd: folder, env }).toString().trim()
    assert.equal(`v1,${signature}`, sent(at)['webhook-signature'])
  }
})

test('an answer with a code other than 0 is a refusal, and one of too many messages is to be tried again', () => {
  const answers: readonly (readonly [Dialect, string, string])[] = [
    [feishu, '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}', 'delivered'],
    [
      feishu,
      '{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}',
      'given up',
    ],
    [feishu, '{"code":11232,"msg":"frequency limited psm"}', 'again'],
    [dingtalk, '{"errcode":0,"errmsg":"ok"}', 'delivered'],
    [dingtalk, '{"errcode":310000,"errmsg":"sign not match"}', 'given up'],
    [dingtalk, '{"errcode":130101,"errmsg":"send too fast"}', 'again'],
    [wecom, '{"errcode":0,"errmsg":"ok"}', 'delivered'],
    [wecom, '{"errcode":93000,"errmsg":"invalid webhook url"}', 'given up'],
    [wecom, '{"errcode":45009,"errmsg":"api freq out of limit"}', 'again'],
    [wecom, '<html>welcome to this hotel</html>', 'again'],
  ]
  for (const [dialect, answer, result] of answers) assert.equal(dialect.resultOf(answer), result, answer)
})

test('a scope is said in plain words', () => {
  const words = (where: Incident['scope']['where']) =>
    scopeOf(anIncident({ scope: { kind: 'everything', key: '*', where } }))
  assert.equal(words({}), 'everything')
  assert.equal(words({ country: 'VN' }), 'Vietnam (VN)')
  assert.equal(words({ isp: 'AIS' }), 'ISP AIS')
  assert.equal(
    words({ country: 'TH', isp: 'AIS', node_id: 'sin-1', route: 'dedicated', transport: 'quic' }),
    'AIS in Thailand (TH) to node sin-1 by route dedicated over QUIC',
  )
  assert.equal(words({ agent_id: 'vps-1', provider: 'tencent' }), 'agent vps-1 to provider tencent')
  assert.equal(words({ transport: 'tcp' }), 'over TCP')
})

test('what the summary says already is not said twice', () => {
  const silent = { signal: 'silent', runs_count: 7, bad_count: 2, expected_count: 0 } as const
  const said = { objective: 'starts', agents_count: 0, ended_at: '2026-11-22T11:00:00.000Z' }
  const facts = (summary: string) => factsIn(anIncident({ ...said, summary, evidence: [silent] }))
  const times = [
    'since 2026-11-22 10:00:00 UTC, found 2026-11-22 10:00:00 UTC',
    'ended 2026-11-22 11:00:00 UTC',
  ]
  assert.deepEqual(facts('objective starts: 2 of 7 agents'), ['objective starts: 2 of 7 agents', ...times])
  assert.deepEqual(facts(''), ['objective starts is not kept', '2 of 7 agents are silent', ...times])
})

test('as many items as fit are said whole, and the number of the others', () => {
  const items = ['aaaa', 'bbbb', 'cccc', 'dddd']
  assert.equal(fitting(items, ' ', 19), 'aaaa bbbb cccc dddd')
  assert.equal(fitting(items, ' ', 18), 'aaaa and 3 more')
  assert.equal(fitting([...items, 'eeee'], ' ', 20), 'aaaa bbbb and 3 more')
  assert.equal(fitting(['aaaaaaaaaa'], ' ', 6), 'aaa…')
})

test('Retry-After is seconds or a date, an hour at most', () => {
  assert.equal(retryAfter('7', 0), 7_000)
  assert.equal(retryAfter('Sun, 22 Nov 2026 10:06:00 GMT', Date.parse('2026-11-22T10:05:00Z')), 60_000)
  assert.equal(retryAfter('999999', 0), 3_600_000)
  assert.equal(retryAfter('soon', 0), null)
  assert.equal(retryAfter(null, 0), null)
})

test('decisions and their verdicts are said in every chat, and cannot mention anybody either', () => {
  const decided_at = '2026-11-22T10:05:00.000Z'
  const effect = { pairs_count: 12, gain: 0.28, low: 0.271, high: 0.289 }
  const moved = aDecision({ decided_at, reason: '<!channel> @all fra is ill' })
  const both = [moved, aDecision({ decided_at, from_node_id: null, isp: '*', verdict: 'helped', effect })]
  const say = (dialect: Dialect, type: Receiver['type']) => made(dialect, type, [], null, null, both).json
  const headline = 'Streamgauge: 2 steering decisions'
  const card = say(feishu, 'feishu')
  assertIs(FeishuBody, card)
  assert.equal(card.card.header.title.content, headline)
  assert.equal(
    card.card.elements[0].text.content,
    `MOVED: AIS in Thailand (TH) from fra to sin
<!channel> @all fra is ill
decided 2026-11-22 10:05:00 UTC

HELPED: other ISPs in Thailand (TH) to sin
fra is ill: first frames take twice as long
a run costs 0.280 less (0.271 to 0.289, 12 pairs)
decided 2026-11-22 10:05:00 UTC`,
  )
  const { title, text } = say(dingtalk, 'dingtalk').markdown
  assert.equal(title, headline)
  assert.ok(text.includes('  - ‹!channel› ＠all fra is ill\n'))
  assert.ok(say(wecom, 'wecom').markdown.content.includes('**HELPED: other ISPs in Thailand (TH) to sin**'))
  const chat = say(slack, 'slack')
  assert.equal(chat.text, headline)
  assert.ok(chat.blocks[1].text.text.includes('&lt;!channel&gt; @all'))
  const only = made(webhook, 'webhook', [], 'secret', null, [moved])
  assert.deepEqual(
    [only.json.type, only.json.data.headline, only.json.data.decisions],
    [
      'decisions.changed',
      'MOVED: AIS in Thailand (TH) from fra to sin',
      [{ ...moved, title: 'MOVED: AIS in Thailand (TH) from fra to sin' }],
    ],
  )
})
