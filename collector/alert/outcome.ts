/** How an attempt to deliver came out. */
export interface Outcome {
  readonly result: 'delivered' | 'again' | 'given up'
  /** The HTTP status or SMTP reply code; `null`: there was no answer. */
  readonly reply_code: number | null
  /** `null`: it was delivered. */
  readonly reason: string | null
  /** How long the receiver asks to be left alone; `null`: it does not say. */
  readonly retry_after_ms: number | null
}
