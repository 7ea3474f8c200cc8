import { once } from 'node:events'
import { connect } from 'node:net'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { messageOf } from '../../error.ts'
import type { Message } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { Receiver } from '../receiver.ts'
import type { Attempt, Notifier } from './notifier.ts'
import { cut, headlineOf, itemsOf } from './words.ts'

/** Submission (RFC 6409) with STARTTLS, or with TLS from the beginning (RFC 8314). */
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const
const SUBJECT_MAX_BYTES = 200

/**
 * E-mail over SMTP. With a user TLS is a must; without, it is used where the server offers it. The id of the delivery is the id of
 * the mail, so that a mail that comes twice is known for one.
 */
export const email: Notifier = async (receiver, message, attempt) => {
  const { signal } = attempt
  try {
    const url = new URL(receiver.url)
    const user = decodeURIComponent(url.username)
    const pass = receiver.secret ?? decodeURIComponent(url.password)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const secure = url.protocol === 'smtps:'
    // A socket of our own ends with the attempt, whatever the server does.
    const socket = connect({ host, port: Number(url.port) || PORTS[secure ? 'smtps:' : 'smtp:'], signal })
    socket.on('error', () => {})
    await once(socket, 'connect', { signal })
    const transport = createTransport({
      host,
      secure,
      ...(user === '' ? {} : { auth: { user, pass }, requireTLS: !secure }),
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket: (_, use) => use(null, { connection: socket }),
    })
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    try {
      const { rejected } = await Promise.race([
        transport.sendMail(mailOf(receiver, message, attempt)),
        aborted,
      ])
      const reason = rejected.length === 0 ? null : `not taken for ${rejected.length} of its addresses`
      return { result: 'delivered', reply_code: 250, reason, retry_after_ms: null }
    } finally {
      socket.destroy()
    }
  } catch (error) {
    return outcomeOf(error)
  }
}

/** What is sent: nothing in it that came from elsewhere reaches a header but the subject, on one line. */
export function mailOf(
  { mail }: Receiver,
  message: Message,
  { dashboard_url }: Pick<Attempt, 'dashboard_url'>,
): SendMailOptions {
  const { delivery_id, created_ms } = message
  const { from = '', to = [] } = mail ?? {}
  const paragraphs = itemsOf(message, dashboard_url).map(({ title, facts, link }) =>
    [title, ...facts, ...(link === null ? [] : [link])].join('\n'),
  )
  return {
    from: { name: 'Streamgauge', address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: cut(`[Streamgauge] ${headlineOf(message)}`.replace(/[\s\p{Cc}]+/gu, ' '), SUBJECT_MAX_BYTES),
    text: `${paragraphs.join('\n\n')}\n`,
    messageId: `<${delivery_id}@${from.split('@').at(-1)}>`,
    date: new Date(created_ms),
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** A reply of 5xx is for good (RFC 5321, 4.2.1); everything else may be otherwise another time. */
function outcomeOf(error: unknown): Outcome {
  const reply_code = replyCodeOf(error)
  const result = reply_code !== null && reply_code >= 500 ? 'given up' : 'again'
  return { result, reply_code, reason: messageOf(error), retry_after_ms: null }
}

function replyCodeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('responseCode' in error)) return null
  return typeof error.responseCode === 'number' ? error.responseCode : null
}
