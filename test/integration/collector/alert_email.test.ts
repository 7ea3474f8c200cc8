import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Message } from '@streamgauge/collector/alert/message.ts'
import { email } from '@streamgauge/collector/alert/notify/email.ts'
import type { Receiver } from '@streamgauge/collector/alert/receiver.ts'
import type { Incident } from '@streamgauge/contract'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { makeCertificate } from '../../support/certificate.ts'
import { anIncident } from '../../support/incident.ts'
import type { Owner } from '../../support/owner.ts'

const ID = '019ac000-0000-7000-8000-000000000001'

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | null
  readonly secure: boolean
  readonly text: string
}

/** A mail server on loopback that keeps what it takes. */
async function startMailServer(owner: Owner, options: SMTPServerOptions = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, answer) =>
      password === 'p@ss' ? answer(null, { user: username }) : answer(new Error('wrong password')),
    onData(stream, { envelope, user, secure }, answer) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          user: user === undefined ? null : String(user),
          secure,
          text: Buffer.concat(parts).toString(),
        })
        answer()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  owner.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const address = listening.address()
  return { mails, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

function send(url: string, incidents: readonly Incident[], secret: string | null = null, timeoutMs = 3_000) {
  const mail = { from: 'alerts@gauge.example', to: ['ops@gauge.example', 'noc@gauge.example'] }
  const receiver: Receiver = { name: 'ops', type: 'email', url, secret, mail }
  const message: Message = {
    ...{ delivery_id: ID, created_ms: Date.parse('2026-11-22T10:05:00.000Z'), receiver: 'ops' },
    ...{ group: '', repeat: false, incidents, former: [], decisions: [] },
  }
  return email(receiver, message, {
    now_ms: Date.now(),
    dashboard_url: 'https://gauge.example',
    signal: AbortSignal.timeout(timeoutMs),
  })
}

/** The fields of a mail's header, unfolded, and its text, decoded (RFC 5322, RFC 2045). */
function parsed(text: string) {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const fields = new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: */, '')] as const),
  )
  const content = body.join('\r\n\r\n')
  const encoding = fields.get('content-transfer-encoding')
  const decoded =
    encoding === 'base64'
      ? Buffer.from(content, 'base64').toString()
      : encoding === 'quoted-printable'
        ? Buffer.from(
            content
              .replace(/=\r\n/g, '')
              .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString()
        : content
  return { fields, lines: decoded.trim().split(/\r?\n/) }
}

test('a mail says in plain text what is the matter, with the id of the delivery as its own', async (t) => {
  const { mails, port } = await startMailServer(t)
  const incident = anIncident()
  const outcome = await send(`smtp://127.0.0.1:${port}`, [incident])
  assert.deepEqual(outcome, { result: 'delivered', reply_code: 250, reason: null, retry_after_ms: null })
  assert.equal(mails.length, 1)
  const [{ from, to, text = '' } = { from: '', to: [] }] = mails
  assert.deepEqual([from, to], ['alerts@gauge.example', ['ops@gauge.example', 'noc@gauge.example']])
  const { fields, lines } = parsed(text)
  assert.equal(fields.get('subject'), '[Streamgauge] CRITICAL open: AIS in Thailand (TH)')
  assert.equal(fields.get('message-id'), `<${ID}@gauge.example>`)
  assert.equal(fields.get('date'), 'Sun, 22 Nov 2026 10:05:00 +0000')
  assert.match(fields.get('content-type') ?? '', /^text\/plain; charset=utf-8/)
  assert.deepEqual(lines, [
    'CRITICAL open: AIS in Thailand (TH)',
    'first frames take twice as long',
    '31 of 40 runs were slow to connect, 1.5 expected',
    'since 2026-11-22 10:00:00 UTC, found 2026-11-22 10:00:00 UTC by 3 agents',
    `https://gauge.example/#/incidents/${incident.incident_id}`,
  ])
})

test('no name of an ISP or a node makes a header or another recipient', async (t) => {
  const { mails, port } = await startMailServer(t)
  const isp = 'X\r\nBcc: victim@example.com\r\n\r\n<b>body</b>\u0000'
  const hostile = anIncident({
    scope: { kind: 'isp', key: 'x', where: { isp } },
    summary: '\r\n.\r\nMAIL FROM:<a@b.example>\r\n',
  })
  assert.equal((await send(`smtp://127.0.0.1:${port}`, [hostile])).result, 'delivered')
  assert.equal(mails.length, 1)
  const { fields } = parsed(mails[0]?.text ?? '')
  assert.equal(fields.get('bcc'), undefined)
  assert.equal(mails[0]?.to.length, 2)
  assert.equal(
    fields.get('subject'),
    '[Streamgauge] CRITICAL open: ISP X Bcc: victim@example.com <b>body</b> ',
  )
})

test('a password goes over TLS or not at all, with STARTTLS or from the beginning', async (t) => {
  const { cert, key } = await makeCertificate()
  const known = getCACertificates('default')
  setDefaultCACertificates([...known, cert])
  t.after(() => setDefaultCACertificates(known))
  const tls = { cert, key, authOptional: false }
  const clear = await startMailServer(t, { allowInsecureAuth: true })
  const starttls = await startMailServer(t, { ...tls, disabledCommands: [] })
  const wrapped = await startMailServer(t, { ...tls, secure: true })
  const refused = await send(`smtp://me@127.0.0.1:${clear.port}`, [anIncident()], 'p@ss')
  assert.deepEqual([refused.result, refused.reply_code, clear.mails.length], ['given up', 500, 0])
  assert.equal((await send(`smtp://me:p%40ss@localhost:${starttls.port}`, [anIncident()])).reason, null)
  assert.equal((await send(`smtps://me@localhost:${wrapped.port}`, [anIncident()], 'p@ss')).reason, null)
  for (const { mails } of [starttls, wrapped])
    assert.deepEqual(
      mails.map(({ user, secure }) => [user, secure]),
      [['me', true]],
    )
  const wrong = await send(`smtps://me@localhost:${wrapped.port}`, [anIncident()], 'no')
  assert.deepEqual([wrong.result, wrong.reply_code], ['given up', 535])
})

test('a reply of 4xx, no answer and no server are tried again; 5xx is given up; one bad address holds nobody up', async (t) => {
  const answering = (code: number, only = '') =>
    startMailServer(t, {
      onRcptTo: ({ address }, _session, answer) =>
        address.startsWith(only) ? answer(Object.assign(new Error('no'), { responseCode: code })) : answer(),
    })
  const to = async (server: { port: number }) => {
    const { result, reply_code, reason } = await send(`smtp://127.0.0.1:${server.port}`, [anIncident()])
    return { result, reply_code, hasReason: reason !== null }
  }
  assert.deepEqual(await to(await answering(451)), { result: 'again', reply_code: 451, hasReason: true })
  assert.deepEqual(await to(await answering(550)), { result: 'given up', reply_code: 550, hasReason: true })
  const some = await answering(550, 'noc')
  assert.deepEqual(await to(some), { result: 'delivered', reply_code: 250, hasReason: true })
  assert.equal(some.mails.length, 1)

  const mute = createServer(() => {}).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const address = mute.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const silent = await send(`smtp://127.0.0.1:${port}`, [anIncident()], null, 200)
  assert.deepEqual([silent.result, silent.reply_code], ['again', null])
  // Nothing is left open: otherwise closing would wait.
  mute.close()
  await once(mute, 'close')
  assert.deepEqual(await to({ port }), { result: 'again', reply_code: null, hasReason: true })
})
