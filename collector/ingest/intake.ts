import type { IngestAnswer, StoredMeasurement } from '@streamgauge/contract'

/** A line that was refused, as it is kept in `rejections`. */
export interface DeadLetter {
  readonly received_at: string
  /** The agent the token is bound to; empty: any. */
  readonly agent_id: string
  readonly batch_key: string
  readonly line: number
  readonly code: string
  readonly message: string
  readonly body: string
}

/** A checked batch on its way into the store. */
export interface Batch {
  /** Names the batch for ever: hex, the same for the same sender, key and body. */
  readonly id: string
  readonly rows: readonly StoredMeasurement[]
  readonly letters: readonly DeadLetter[]
  /** What the sender is told when it is stored. */
  readonly answer: IngestAnswer
}

/** Takes checked batches into the store, each once. */
export interface Intake {
  /**
   * What was answered to a batch, also by a process before this one; `null`: not known here.
   * Throws `STORE_UNAVAILABLE` while it is not known whether the store has it.
   */
  recall(id: string): IngestAnswer | null
  /**
   * Resolves when the store has the batch. Rejects with `BUSY`, `DISK_FULL` or `STORE_UNAVAILABLE`: send it again later; it is
   * stored once however often it comes.
   */
  put(batch: Batch): Promise<void>
  /** Batches that wait for the store. */
  readonly waiting: number
  /** Whether a batch would be turned away now. */
  readonly full: boolean
  /** Resolves when nothing is on its way to the store: after a start, when what a crash left behind is there. */
  idle(): Promise<void>
  /** Waits for what was taken and lets go of the files. */
  close(): Promise<void>
}

/** The tables a batch goes into, and which of its lists goes where. Adding one is a line here. */
export const parts = {
  measurements: (batch: Batch): readonly object[] => batch.rows,
  rejections: (batch: Batch): readonly object[] => batch.letters,
} as const
