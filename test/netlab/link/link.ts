import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LabError } from '../error.ts'
import type { RelayReply, RelayRequest, RelayStart } from './relay.ts'
import { changed, type DirectionSettings } from './settings.ts'

const RELAY = fileURLToPath(new URL('main.ts', import.meta.url))

/** Something for each direction. `up` is from the end that was named first, `down` is towards it. */
export interface BothWays<T> {
  readonly up: T
  readonly down: T
}

/** A running link, and the process that carries its packets. */
export class Link {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<RelayReply>>()
  #settings: BothWays<DirectionSettings>
  #last_id = 0
  #ended = false

  private constructor(child: ChildProcess, settings: BothWays<DirectionSettings>) {
    this.#child = child
    this.#settings = settings
    child.stdin?.on('error', () => {})
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => this.#take(line))
    child.once('exit', () => this.#end())
  }

  /** Starts a relay; when this resolves its devices are there. @throws LabError `RELAY_ENDED` */
  static async open(start: RelayStart): Promise<Link> {
    // Ctrl-C at a terminal is for the whole group; the relay has to outlive it, so that counters can be read.
    const child = spawn(process.execPath, [RELAY, JSON.stringify(start)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    const link = new Link(child, { up: start.up, down: start.down })
    await link.#answerTo(0)
    return link
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get settings(): BothWays<DirectionSettings> {
    return this.#settings
  }

  /** Changes what is named, from now on. @throws LabError `BAD_LINK`, `RELAY_ENDED` */
  async change(change: Partial<BothWays<Partial<DirectionSettings>>>): Promise<void> {
    const up = changed(this.#settings.up, change.up ?? {})
    const down = changed(this.#settings.down, change.down ?? {})
    this.#settings = { up, down }
    await this.#ask({ up, down })
  }

  /** What has become of the packets so far. @throws LabError `RELAY_ENDED` */
  async counters(): Promise<BothWays<RelayReply['up']>> {
    const { up, down } = await this.#ask({})
    return { up, down }
  }

  /** Ends the relay; its devices go with it. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#child.stdin?.end()
    await once(this.#child, 'exit')
  }

  async #ask(request: Omit<RelayRequest, 'id'>): Promise<RelayReply> {
    const id = ++this.#last_id
    const answer = this.#answerTo(id)
    this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`)
    return await answer
  }

  #answerTo(id: number): Promise<RelayReply> {
    const waiting = Promise.withResolvers<RelayReply>()
    if (this.#ended) waiting.reject(ended())
    else this.#waiting.set(id, waiting)
    return waiting.promise
  }

  #take(line: string): void {
    const reply: RelayReply = JSON.parse(line)
    this.#waiting.get(reply.id)?.resolve(reply)
    this.#waiting.delete(reply.id)
  }

  #end(): void {
    this.#ended = true
    for (const waiting of this.#waiting.values()) waiting.reject(ended())
    this.#waiting.clear()
  }
}

function ended(): LabError {
  return new LabError('RELAY_ENDED', 'the process that carries the packets of this link has ended')
}
