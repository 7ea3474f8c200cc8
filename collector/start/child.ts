import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { StartError } from '../error.ts'

const RESTART_MIN_MS = 500
const RESTART_MAX_MS = 15_000
/** A child that ran this long before it died starts again at once. */
const STEADY_MS = 60_000

/** What a child says over IPC when it can be used. */
const Ready = Type.Object({
  type: Type.Literal('ready'),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  ca_file: Type.Optional(Type.String({ minLength: 1 })),
})
export type Ready = Static<typeof Ready>
const validator = Compile(Ready)

/** How a child is started; asked again at every restart. */
export interface Plan {
  readonly name: string
  readonly path: string
  readonly args: () => string[]
  readonly env: NodeJS.ProcessEnv
}

/** What becomes of children. */
export interface Watcher {
  /** One line a child wrote. */
  readonly line: (name: string, line: string) => void
  /** A child says that its arguments or surroundings are wrong: starting it again would not help. */
  readonly misconfigured: (error: StartError) => void
}

/** A process of ours: started again when it dies, with growing pauses, until it is stopped. */
export class Child {
  readonly #plan: Plan
  readonly #watcher: Watcher
  readonly #firstReady = Promise.withResolvers<Ready>()
  #process: ChildProcess | null = null
  #timer: NodeJS.Timeout | null = null
  #pauseMs = RESTART_MIN_MS
  #stopping = false

  constructor(plan: Plan, watcher: Watcher) {
    this.#plan = plan
    this.#watcher = watcher
    this.#spawn()
  }

  /** Resolves when the child first said that it can be used. */
  get ready(): Promise<Ready> {
    return this.#firstReady.promise
  }

  /** Asks the child to end, makes it end after `deadlineMs`, and resolves when it is gone. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const child = this.#process
    if (child === null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await gone
    clearTimeout(killer)
  }

  #spawn() {
    const { name, path, args, env } = this.#plan
    const startedAt = performance.now()
    const child = fork(path, args(), { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#process = child
    let lastError = ''
    const read = (stream: ChildProcess['stdout'], note: (line: string) => void) => {
      if (stream === null) return
      createInterface({ input: stream }).on('line', (line) => {
        note(line)
        this.#watcher.line(name, line)
      })
    }
    read(child.stdout, () => {})
    read(child.stderr, (line) => {
      lastError = line
    })
    child.on('message', (message) => {
      if (validator.Check(message)) this.#firstReady.resolve(message)
    })
    child.on('error', (error) => this.#watcher.line(name, `could not be started: ${error.message}`))
    // 'close' comes when the output was read to its end, so that the message is there.
    child.on('close', (code, signal) => {
      this.#process = null
      if (this.#stopping) return
      if (code === 2) {
        const [, reason = 'CHILD_MISCONFIGURED', text = lastError] =
          /^([A-Z][A-Z0-9_]+): (.*)$/.exec(lastError) ?? []
        this.#watcher.misconfigured(new StartError(reason, `${name}: ${text}`))
        return
      }
      if (performance.now() - startedAt > STEADY_MS) this.#pauseMs = RESTART_MIN_MS
      this.#watcher.line(name, `ended (${signal ?? code}); starting again in ${this.#pauseMs} ms`)
      this.#timer = setTimeout(() => this.#spawn(), this.#pauseMs)
      this.#pauseMs = Math.min(RESTART_MAX_MS, this.#pauseMs * 2)
    })
  }
}
