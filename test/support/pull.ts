import { monotonicMs } from '@streamgauge/agent/clock.ts'
import { Reach } from '@streamgauge/agent/probe/reach.ts'
import { Recording } from '@streamgauge/agent/probe/recording.ts'
import type { Puller } from '@streamgauge/agent/pull/pull.ts'
import { makeGet } from '@streamgauge/agent/pull/request.ts'
import type { Target } from '@streamgauge/contract'

/** One puller against one target, with what it noted and how it ended. */
export interface Pulled {
  readonly run: Recording
  readonly error: unknown
}

/** Pulls until `enough` says so, or the deadline comes, or the puller gives up; asks after every few milliseconds. */
export async function pullWith(
  puller: Puller,
  target: Target,
  duration_ms: number,
  enough: (run: Recording) => boolean = () => false,
): Promise<Pulled> {
  const run = new Recording(new Date().toISOString())
  const over = new AbortController()
  const url = new URL(target.url)
  const reach = new Reach(target, url, run, over.signal, { duration_ms, resume: null })
  const started = monotonicMs()
  const watch = setInterval(() => {
    if (monotonicMs() - started >= duration_ms || enough(run)) over.abort()
  }, 5)
  let error: unknown = null
  try {
    const { http_version } = await reach.to(url)
    const get = makeGet(target, run, reach, over.signal)
    await puller({ url, run, signal: over.signal, multiplexes: http_version !== '1.1', get })
  } catch (thrown) {
    if (!over.signal.aborted) error = thrown
  }
  clearInterval(watch)
  run.finish()
  reach.close()
  return { run, error }
}
