/** What became of one file of tests: a line of JSON each. */
export interface FileResult {
  readonly file: string
  readonly success: boolean
  /** Null for a file whose process ended before its tests did. */
  readonly duration_ms: number | null
}

interface Event {
  readonly type: string
  readonly data: { readonly file?: string; readonly success?: boolean; readonly duration_ms?: number }
}

/** A reporter for Node's test runner: what became of each file, once all are through. */
export default async function* fileReporter(events: AsyncIterable<Event>) {
  const results = new Map<string, FileResult>()
  for await (const { type, data } of events) {
    const { file, duration_ms = null } = data
    if (file === undefined) continue
    // A process that ends early has no summary, only a failed test.
    if (type === 'test:fail' && !results.has(file))
      results.set(file, { file, success: false, duration_ms: null })
    if (type === 'test:summary') results.set(file, { file, success: data.success === true, duration_ms })
  }
  for (const result of results.values()) yield `${JSON.stringify(result)}\n`
}
