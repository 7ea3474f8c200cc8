import type { Connection } from '../connect/connection.ts'
import type { Recording } from '../probe/recording.ts'

/** What a puller works with. */
export interface Pull {
  readonly url: URL
  readonly connection: Connection
  readonly run: Recording
  readonly signal: AbortSignal
  /** Opens the next connection to the same address, when the server ended the last one between requests. */
  readonly reconnect: () => Promise<Connection>
}

/**
 * Pulls a stream into the recording until the deadline aborts it.
 * @throws ProbeFailure for what the network or the target did; MediaError for media that is not what it claims
 */
export type Puller = (pull: Pull) => Promise<void>
