import type { Where } from './scope.ts'

/** An agent is silent after so many of its longest pauses, and never before so many rounds. */
const PAUSES = 2
const ROUNDS_MIN = 3
/** What a pause of long ago still counts for, after each that was shorter. */
const FADE = 0.99
/** An agent that has been silent for so long is retired, not silent. */
const RETIRED_AFTER_MS = 86_400_000
/** From this share of its agents on, and this many, it is the scope that is silent; it speaks again below half of that share. */
const SHARE_MIN = 0.8
const AGENTS_MIN = 2
const SPEAKS_SHARE = SHARE_MIN / 2
/** Agents that are remembered. */
const AGENTS_MAX = 100_000

interface Voice {
  readonly agent_id: string
  country: string
  isp: string
  heard_ms: number
  first_ms: number
  /** The longest that passed between two times it was heard of late; 0: it was heard once. */
  pause_ms: number
}

/** Agents that are heard of no more, by the widest scope that holds little else. */
export interface Silence {
  readonly id: number
  readonly where: Where
  /** When the first of them was last heard. */
  readonly since_ms: number
  /** Agents in the scope, and those of them that are silent. */
  agents_count: number
  silent_count: number
}

/** What changed in a round. */
export interface SilenceChanges {
  readonly began: readonly Silence[]
  readonly ended: readonly Silence[]
}

/** From wide to narrow; an agent is in one scope of each. */
const SCOPES: readonly ((voice: Voice) => Where)[] = [
  () => ({}),
  ({ country }) => ({ country }),
  ({ country, isp }) => ({ country, isp }),
  ({ agent_id }) => ({ agent_id }),
]
const AGENT = SCOPES.length - 1

/** Tells who has stopped to measure: no data is no good news, and no bad news of a node either. */
export class Silences {
  readonly #voices = new Map<string, Voice>()
  readonly #open = new Map<string, Silence>()
  #count = 0

  /** Those that go on. */
  get open(): readonly Silence[] {
    return [...this.#open.values()]
  }

  /** Goes on with a silence that was found before. */
  adopt(where: Where, sinceMs: number): Silence {
    const silence = { id: this.#count++, where, since_ms: sinceMs, agents_count: 0, silent_count: 0 }
    this.#open.set(JSON.stringify(where), silence)
    return silence
  }

  /** A run of an agent came in. */
  heard(agentId: string, country: string, isp: string, nowMs: number) {
    const voice = this.#voices.get(agentId)
    if (voice === undefined) {
      if (this.#voices.size < AGENTS_MAX)
        this.#voices.set(agentId, {
          agent_id: agentId,
          country,
          isp,
          first_ms: nowMs,
          heard_ms: nowMs,
          pause_ms: 0,
        })
      return
    }
    const pause = nowMs - voice.heard_ms
    voice.country = country
    voice.isp = isp
    if (pause <= 0) return
    voice.pause_ms = Math.max(pause, FADE * voice.pause_ms)
    voice.heard_ms = nowMs
  }

  /** For so long nobody looked: that nobody was heard says nothing. */
  skip(lengthMs: number) {
    for (const voice of this.#voices.values()) {
      voice.first_ms += lengthMs
      voice.heard_ms += lengthMs
    }
  }

  /** Ends a round of `roundMs`. */
  endRound(nowMs: number, roundMs: number): SilenceChanges {
    for (const [id, { heard_ms }] of this.#voices)
      if (nowMs - heard_ms > RETIRED_AFTER_MS) this.#voices.delete(id)
    const isSilent = ({ heard_ms, pause_ms }: Voice) =>
      nowMs - heard_ms > Math.max(PAUSES * pause_ms, ROUNDS_MIN * roundMs)
    const ended = this.#end(isSilent, nowMs)
    // Whose rhythm was never heard for as long is not known to have broken it.
    const wasHeard = ({ first_ms, heard_ms }: Voice) => heard_ms - first_ms > nowMs - heard_ms
    const began = this.#begin((voice) => isSilent(voice) && wasHeard(voice))
    return { began, ended: [...ended, ...this.#merge(began)] }
  }

  /** Ends those of which enough agents are heard again, and counts the others. */
  #end(isSilent: (voice: Voice) => boolean, nowMs: number): Silence[] {
    const ended: Silence[] = []
    for (const [key, silence] of this.#open) {
      const within = [...this.#voices.values()].filter((voice) => isOf(voice, silence.where))
      silence.agents_count = within.length
      silence.silent_count = within.filter(isSilent).length
      const isOver =
        within.length === 0
          ? nowMs - silence.since_ms > RETIRED_AFTER_MS
          : silence.silent_count / within.length <= SPEAKS_SHARE
      if (!isOver) continue
      this.#open.delete(key)
      ended.push(silence)
    }
    return ended
  }

  /** Ends those that are but a part of one that began. */
  #merge(began: readonly Silence[]): Silence[] {
    if (began.length === 0) return []
    const voices = [...this.#voices.values()]
    const isPart = (one: Silence, of: Silence) => {
      const own = voices.filter((voice) => isOf(voice, one.where))
      return own.length > 0 && own.every((voice) => isOf(voice, of.where))
    }
    const parts = [...this.#open].filter(([, one]) => began.some((wide) => wide !== one && isPart(one, wide)))
    for (const [key] of parts) this.#open.delete(key)
    return parts.map(([, silence]) => silence)
  }

  #begin(isSilent: (voice: Voice) => boolean): Silence[] {
    const began: Silence[] = []
    const covered = (voice: Voice) => [...this.#open.values()].some(({ where }) => isOf(voice, where))
    let left = [...this.#voices.values()].filter((voice) => isSilent(voice) && !covered(voice))
    if (left.length === 0) return began
    for (const [width, scopeOf] of SCOPES.entries()) {
      const all = Map.groupBy(this.#voices.values(), (voice) => JSON.stringify(scopeOf(voice)))
      const silent = Map.groupBy(left, (voice) => JSON.stringify(scopeOf(voice)))
      for (const [key, voices] of silent) {
        const within = all.get(key) ?? []
        const silentCount = within.filter(isSilent).length
        const isScope = silentCount >= AGENTS_MIN && silentCount >= SHARE_MIN * within.length
        if (width !== AGENT && !isScope) continue
        const [first] = voices
        if (first === undefined) continue
        const since_ms = Math.min(...voices.map(({ heard_ms }) => heard_ms))
        const counts = { agents_count: within.length, silent_count: silentCount }
        const silence = { id: this.#count++, where: scopeOf(first), since_ms, ...counts }
        this.#open.set(key, silence)
        began.push(silence)
      }
      left = left.filter((voice) => !covered(voice))
    }
    return began
  }
}

function isOf(voice: Voice, { country, isp, agent_id }: Where): boolean {
  return (
    (country === undefined || country === voice.country) &&
    (isp === undefined || isp === voice.isp) &&
    (agent_id === undefined || agent_id === voice.agent_id)
  )
}
