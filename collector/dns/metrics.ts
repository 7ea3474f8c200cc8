import { Counter, Gauge, type Registry } from 'prom-client'
import type { Answered } from './answerer.ts'

/** Why nothing was answered: no query that can be answered, too many of one network, more than can be sent, a fault of ours. */
export type Dropped = 'unanswerable' | 'limited' | 'busy' | 'failed'

/** Counts what the answerer does; cheap enough for every query. */
export interface DnsMetrics {
  answered(transport: 'udp' | 'tcp', answer: Answered, limited: boolean): void
  dropped(transport: 'udp' | 'tcp', reason: Dropped): void
  refusedConnection(): void
}

/** Figures of the DNS answerer in Prometheus' terms; `connections`: how many are open. */
export function dnsMetrics(registry: Registry, connections: () => number): DnsMetrics {
  const registers = [registry]
  const counts = <L extends string>(name: string, help: string, labelNames: readonly L[]) => {
    const kept = new Map<string, { labels: Record<L, string>; count: number }>()
    new Counter({
      ...{ name: `streamgauge_dns_${name}_total`, help, labelNames, registers },
      collect() {
        for (const one of kept.values()) {
          this.inc(one.labels, one.count)
          one.count = 0
        }
      },
    })
    return (labels: Record<L, string>) => {
      const key = labelNames.map((label) => labels[label]).join()
      const known = kept.get(key)
      if (known === undefined) kept.set(key, { labels, count: 1 })
      else known.count += 1
    }
  }
  const answers = counts('answers', 'answers by transport and response code', ['transport', 'rcode'])
  const truncated = counts('truncated', 'answers that say to come back over TCP: too large, or too many', [
    'reason',
  ])
  const dropped = counts('dropped', 'messages that were not answered, by reason', ['transport', 'reason'])
  const refused = counts('refused_connections', 'connections beyond what may be open', [])
  new Gauge({
    ...{ name: 'streamgauge_dns_connections', help: 'open connections', registers },
    collect() {
      this.set(connections())
    },
  })
  return {
    answered(transport, { rcode, truncated: isCut }, limited) {
      answers({ transport, rcode })
      if (isCut) truncated({ reason: limited ? 'limited' : 'size' })
    },
    dropped: (transport, reason) => dropped({ transport, reason }),
    refusedConnection: () => refused({}),
  }
}
