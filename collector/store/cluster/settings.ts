import { splitAtCommas, type Token, textOf } from './tokens.ts'

/**
 * How long a Replicated table remembers tokens, in seconds. By default it is an hour, and an agent may repeat a batch after a
 * longer silence than that.
 */
const WINDOW_S = 7 * 86_400

/** Table settings as a Replicated table has them: what is remembered of inserts has other names there, and a limit in time. */
export function replicatedSettings(tokens: readonly Token[]): string {
  const settings = splitAtCommas(tokens).flatMap((part) => {
    const text = textOf(part).trim()
    const window = /^non_replicated_deduplication_window\s*=\s*(\d+)$/.exec(text)?.[1]
    if (window === undefined) return [text]
    return [
      `replicated_deduplication_window = ${window}`,
      `replicated_deduplication_window_seconds = ${WINDOW_S}`,
      `replicated_deduplication_window_for_async_inserts = ${window}`,
      `replicated_deduplication_window_seconds_for_async_inserts = ${WINDOW_S}`,
    ]
  })
  return settings.join(', ')
}
