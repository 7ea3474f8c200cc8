import type { Message } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { Receiver } from '../receiver.ts'

/** What an attempt knows besides the message. */
export interface Attempt {
  /** When it is made: signatures say so. */
  readonly now_ms: number
  /** Without a slash at the end; `null`: messages have no link. */
  readonly dashboard_url: string | null
  /** Ends the attempt. */
  readonly signal: AbortSignal
}

/** Sends a message once. Never rejects: what the network and the receiver do is an outcome. */
export type Notifier = (receiver: Receiver, message: Message, attempt: Attempt) => Promise<Outcome>
