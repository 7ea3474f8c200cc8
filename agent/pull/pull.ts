import type { Recording } from '../probe/recording.ts'
import type { Get } from './request.ts'

/** What a puller works with. */
export interface Pull {
  /** Of the target, signed. */
  readonly url: URL
  readonly run: Recording
  /** The deadline. */
  readonly signal: AbortSignal
  /** Whether several requests may be under way at once over one connection (HTTP/2, HTTP/3). */
  readonly multiplexes: boolean
  readonly get: Get
}

/**
 * Pulls a stream into the recording until the deadline aborts it.
 * @throws ProbeFailure for what the network or the target did; MediaError for media that is not what it claims
 */
export type Puller = (pull: Pull) => Promise<void>
