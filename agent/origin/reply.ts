/** One request to be answered, whichever HTTP version brought it. */
export interface Reply {
  readonly method: string
  readonly path: string
  head(status: number, headers: Readonly<Record<string, string>>): void
  write(bytes: Uint8Array): void
  end(bytes?: Uint8Array): void
  /** Bytes written that the network has not taken yet. */
  readonly waiting_bytes: number
  /** Runs once, when the viewer is gone or has everything. */
  onClose(work: () => void): void
}

/** Answers a request. Never throws. */
export type Handler = (reply: Reply) => void
