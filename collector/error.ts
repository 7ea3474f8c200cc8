/** An error of ours with a stable `code`; over HTTP it answers `status` and `{ code, message }`. */
export class CollectorError extends Error {
  readonly code: string
  readonly status: number
  readonly retryAfterS: number | null

  constructor(
    code: string,
    message: string,
    options: { status?: number; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CollectorError'
    this.code = code
    this.status = options.status ?? 500
    this.retryAfterS = options.retryAfterS ?? null
  }
}

/** Bad arguments, configuration or surroundings: the process stops with exit code 2 before it does anything. */
export class StartError extends CollectorError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, message, { cause })
    this.name = 'StartError'
  }
}

/** What an unknown thrown value says, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}

/** The `code` of an error that has one, or `null`. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
