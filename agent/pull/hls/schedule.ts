import { setTimeout as sleep } from 'node:timers/promises'
import type { Recording } from '../../probe/recording.ts'
import type { Rendition } from './rendition.ts'

/** A player stops fetching when it holds this much ahead. */
const BUFFER_AHEAD_MS = 30_000

/**
 * Follows playlists until they end, with one request after the other: what is listed first, then a reload. Several
 * playlists take turns, so that none of them lags behind.
 */
export async function oneByOne(
  renditions: readonly Rendition[],
  run: Recording,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    for (;;) {
      const ready = renditions.filter((rendition) => rendition.next() !== null)
      const behind = ready.toSorted((a, b) => a.pulled_ms - b.pulled_ms)[0]
      const step = behind?.next()
      if (behind === undefined || !step) break
      await behind.take(step)
      await leaveRoom(run, signal)
    }
    const open = renditions.filter((rendition) => !rendition.ended)
    if (open.length === 0) return
    await sleepUntil(Math.min(...open.map((rendition) => rendition.due_ms)), run, signal)
    for (const rendition of open) if (run.now() >= rendition.due_ms) await rendition.reload()
  }
}

/** The same with requests beside one another: every playlist is reloaded while its segments come in. */
export async function together(
  renditions: readonly Rendition[],
  run: Recording,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    renditions.flatMap((rendition) => [reloads(rendition, run, signal), takes(rendition, run, signal)]),
  )
}

async function reloads(rendition: Rendition, run: Recording, signal: AbortSignal): Promise<void> {
  while (!rendition.ended) {
    await sleepUntil(rendition.due_ms, run, signal)
    await rendition.reload()
  }
}

async function takes(rendition: Rendition, run: Recording, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { changed, ended } = rendition
    const step = rendition.next()
    if (step !== null) {
      await rendition.take(step)
      await leaveRoom(run, signal)
    } else if (ended) return
    else await changed
  }
}

/** Waits while the player would hold more than it wants. */
async function leaveRoom(run: Recording, signal: AbortSignal): Promise<void> {
  const ahead = run.media_ms - run.now()
  if (ahead > BUFFER_AHEAD_MS) await sleep(ahead - BUFFER_AHEAD_MS, null, { signal })
}

async function sleepUntil(ms: number, run: Recording, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms - run.now()), null, { signal })
}
