import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Entry points of the two programs. */
export const PROGRAMS = {
  agent: fileURLToPath(import.meta.resolve('@streamgauge/agent/main.ts')),
  collector: fileURLToPath(import.meta.resolve('@streamgauge/collector/main.ts')),
} as const

/** A program in a process of its own, and what it said when it was ready. */
export interface Running {
  readonly child: ChildProcess
  readonly ready: Readonly<Record<string, unknown>>
}

/** Starts a program and waits until it is ready; it is ended with the test. @throws when it ends before */
export async function start(
  t: TestContext,
  program: keyof typeof PROGRAMS,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = fork(PROGRAMS[program], args, {
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  t.after(() => stop(child, 'SIGTERM'))
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${program} ${args[0]} ended with code ${code} before it was ready`)
    }),
  ])
  return { child, ready }
}

/** Ends a process and waits for it. */
export async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** Asks until the answer satisfies, or throws with the last one after `limit_ms`. */
export async function until<T>(
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  limit_ms: number,
): Promise<T> {
  const deadline = performance.now() + limit_ms
  for (;;) {
    const answer = await ask()
    if (enough(answer)) return answer
    if (performance.now() > deadline)
      throw new Error(`not within ${limit_ms} ms: ${JSON.stringify(answer).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
