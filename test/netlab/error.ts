/** The closed list of the laboratory's own failures; decide on these, never on the message. */
export type LabErrorCode =
  | 'BAD_LINK'
  | 'BAD_TOPOLOGY'
  | 'NO_SUCH_HOST'
  | 'NO_SUCH_LINK'
  | 'NOT_POSSIBLE_HERE'
  | 'COMMAND_FAILED'
  | 'RELAY_ENDED'
  | 'LAB_CLOSED'

/** The laboratory could not do what it was asked. */
export class LabError extends Error {
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
