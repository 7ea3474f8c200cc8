import type { Incident } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import { type FactsOf, isFor, matches, sendsSuch } from './match.ts'
import { identityOf, type Message, phaseOf } from './message.ts'
import type { Receiver } from './receiver.ts'
import { type AlertRules, type Route, repeatMs } from './rules.ts'

/** What a receiver was told of an incident. */
interface Told {
  readonly phases: Set<string>
  at_ms: number
  /** As it was told last; `null`: before a restart. */
  last: Incident | null
  /** Index of the route it was told by; `null`: before a restart. */
  route: number | null
}

/** What keeps things from being said, as of now. */
export interface Circumstances {
  isSilenced(incident: Incident): boolean
  isAcknowledged(incidentId: string): boolean
  /** Whether a receiver takes no more now. */
  isFull(receiver: string): boolean
  /** Whether something about an incident is still on its way to a receiver. */
  isWaiting(receiver: string, incidentId: string): boolean
}

interface Group {
  /** When the next message goes; `null`: there is nothing to say. */
  until_ms: number | null
  /** When the last one went; `null`: none did. */
  sent_ms: number | null
}

/** A message of chat cannot show more, and a receiver should not have to take more. */
const INCIDENTS_MAX_COUNT = 50

/** Decides what is to be said to whom and when. Knows the time only from its callers, and does nothing to the world. */
export class Groups {
  readonly #rules: AlertRules
  readonly #factsOf: FactsOf
  readonly #incidents = new Map<string, Incident>()
  readonly #told = new Map<string, Told>()
  readonly #groups = new Map<string, Group>()

  constructor(rules: AlertRules, factsOf: FactsOf) {
    this.#rules = rules
    this.#factsOf = factsOf
  }

  /** Those that are going on, or whose end was not told yet. */
  get incidents(): readonly Incident[] {
    return [...this.#incidents.values()]
  }

  /** Whether an incident is going on, or its end was not told yet. */
  has(incidentId: string): boolean {
    return this.#incidents.has(incidentId)
  }

  /** Takes in the latest version of incidents. */
  changed(incidents: readonly Incident[]) {
    for (const incident of incidents) this.#incidents.set(incident.incident_id, incident)
  }

  /** Takes in incidents in place of those that were there. */
  replace(incidents: readonly Incident[]) {
    this.#incidents.clear()
    this.changed(incidents)
  }

  /** Names of those who are told of an incident. */
  receiversOf(incident: Incident): string[] {
    const facts = this.#factsOf(incident)
    const routes = this.#rules.routes.filter((route) => isFor(route, facts))
    return [...new Set(routes.flatMap(({ receivers }) => receivers))]
  }

  /** Notes what a receiver was told before a restart. */
  remember(receiver: string, incidentId: string, phases: readonly string[], atMs: number) {
    this.#told.set(keyOf(receiver, incidentId), {
      phases: new Set(phases),
      at_ms: atMs,
      last: null,
      route: null,
    })
  }

  /** Takes back what a message said: it was never sent. */
  untell({ receiver, incidents }: Message) {
    for (const incident of incidents)
      this.#told.get(keyOf(receiver, incident.incident_id))?.phases.delete(phaseOf(incident))
  }

  /** The messages that are due, and counts them as told. */
  due(nowMs: number, now: Circumstances): Message[] {
    const messages: Message[] = []
    const unsaid = new Set<string>()
    const alive = new Set<string>()
    for (const [index, route] of this.#rules.routes.entries())
      for (const name of route.receivers) {
        const receiver = this.#rules.receivers.find((one) => one.name === name)
        if (receiver === undefined) continue
        for (const [key, members] of this.#members(route, index, name)) {
          const id = JSON.stringify([index, name, key])
          alive.add(id)
          const group = this.#groups.get(id) ?? { until_ms: null, sent_ms: null }
          this.#groups.set(id, group)
          const news = members.filter((one) => this.#isNews(one, route, name))
          for (const { incident_id } of news) unsaid.add(incident_id)
          const heard = news.filter((one) => !now.isSilenced(one))
          if (heard.length === 0) group.until_ms = null
          else group.until_ms ??= nextOf(group, route, nowMs)
          const isDue = group.until_ms !== null && group.until_ms <= nowMs
          const repeats = members.filter((one) => this.#isRepeat(one, route, receiver, now, nowMs))
          if (now.isFull(name) || (!isDue && repeats.length === 0)) continue
          const incidents = [...(isDue ? heard : []), ...repeats].slice(0, INCIDENTS_MAX_COUNT)
          const former = incidents.flatMap((one) => this.#formerOf(one, name))
          const made = { delivery_id: uuidV7(), created_ms: nowMs, receiver: name, group: key }
          messages.push({ ...made, repeat: !isDue, incidents, former, decisions: [] })
          for (const one of incidents) this.#tell(name, one, index, nowMs)
          if (isDue) {
            group.until_ms = null
            group.sent_ms = nowMs
          }
        }
      }
    this.#forget(unsaid, alive, now)
    return messages
  }

  /** What a route has for a receiver, by group. */
  #members(route: Route, index: number, receiver: string): Map<string, Incident[]> {
    const groups = new Map<string, Incident[]>()
    for (const incident of this.#incidents.values()) {
      const facts = this.#factsOf(incident)
      const isOver = incident.state === 'closed'
      if (isOver ? this.#endsAt(incident, receiver) !== index : !isFor(route, facts)) continue
      const key = route.group_by.map((name) => `${name}=${facts[name] ?? ''}`).join(' ')
      const there = groups.get(key)
      if (there === undefined) groups.set(key, [incident])
      else there.push(incident)
    }
    return groups
  }

  /**
   * The route by which a receiver is told of the end: the one by which it was told of the beginning, whatever the severity and the
   * scope are by then. -1: it was told of nothing.
   */
  #endsAt(incident: Incident, receiver: string): number {
    const told = this.#told.get(keyOf(receiver, incident.incident_id))
    if (told === undefined || told.phases.size === 0) return -1
    if (told.route !== null) return told.route
    const facts = this.#factsOf(incident)
    const isRoute = (route: Route) => route.receivers.includes(receiver) && sendsSuch(route, facts)
    const likely = this.#rules.routes.findIndex((route) => {
      const { severity: _, ...match } = route.match
      return isRoute(route) && matches(match, facts)
    })
    return likely === -1 ? this.#rules.routes.findIndex(isRoute) : likely
  }

  #isNews(incident: Incident, route: Route, receiver: string): boolean {
    const told = this.#told.get(keyOf(receiver, incident.incident_id))
    if (incident.state === 'closed' && !route.resolved) return false
    return !told?.phases.has(phaseOf(incident))
  }

  /** An Alertmanager repeats by itself, and takes silence for the end: what is acknowledged is acknowledged there. */
  #isRepeat(incident: Incident, route: Route, receiver: Receiver, now: Circumstances, nowMs: number) {
    const id = incident.incident_id
    const told = this.#told.get(keyOf(receiver.name, id))
    if (incident.state === 'closed' || !told?.phases.has(phaseOf(incident))) return false
    if (nowMs - told.at_ms < repeatMs(receiver, route)) return false
    if (now.isWaiting(receiver.name, id) || now.isSilenced(incident)) return false
    return receiver.type === 'alertmanager' || !now.isAcknowledged(id)
  }

  #formerOf(incident: Incident, receiver: string): Incident[] {
    const last = this.#told.get(keyOf(receiver, incident.incident_id))?.last ?? null
    return last === null || identityOf(last) === identityOf(incident) ? [] : [last]
  }

  #tell(receiver: string, incident: Incident, route: number, atMs: number) {
    const key = keyOf(receiver, incident.incident_id)
    const phases = this.#told.get(key)?.phases ?? new Set()
    this.#told.set(key, { phases: phases.add(phaseOf(incident)), at_ms: atMs, last: incident, route })
  }

  /** What is over, and about which nothing is left to be said or on its way, is not needed any more, nor are empty groups. */
  #forget(unsaid: ReadonlySet<string>, alive: ReadonlySet<string>, now: Circumstances) {
    const { receivers } = this.#rules
    for (const [id, { state }] of this.#incidents) {
      if (state !== 'closed' || unsaid.has(id)) continue
      if (receivers.some(({ name }) => now.isWaiting(name, id))) continue
      this.#incidents.delete(id)
      for (const { name } of receivers) this.#told.delete(keyOf(name, id))
    }
    for (const id of this.#groups.keys()) if (!alive.has(id)) this.#groups.delete(id)
  }
}

function keyOf(receiver: string, incidentId: string): string {
  return `${receiver} ${incidentId}`
}

function nextOf({ sent_ms }: Group, route: Route, nowMs: number): number {
  if (sent_ms === null) return nowMs + route.group_wait_s * 1_000
  return Math.max(nowMs, sent_ms + route.group_interval_s * 1_000)
}
