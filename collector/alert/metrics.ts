import { Counter, Gauge, type Registry } from 'prom-client'
import type { Ledger } from './ledger.ts'

/** The same ledger, counting in Prometheus' terms what is written into it. */
export function counted(ledger: Ledger, registry: Registry): Ledger {
  const registers = [registry]
  const attempts = new Counter({
    name: 'streamgauge_alerts_attempts_total',
    help: 'attempts to deliver a message of alerting, by what came of it',
    labelNames: ['receiver', 'status'] as const,
    registers,
  })
  return {
    ...ledger,
    async keep(versions) {
      await ledger.keep(versions)
      for (const { message, attempts_count, status } of versions)
        if (attempts_count > 0) attempts.inc({ receiver: message.receiver, status })
    },
  }
}

/** Shows how many messages wait for each receiver, whenever somebody asks. */
export function showWaiting(registry: Registry, waiting: () => ReadonlyMap<string, number>) {
  new Gauge({
    name: 'streamgauge_alerts_waiting',
    help: 'messages of alerting that are neither delivered nor given up',
    labelNames: ['receiver'] as const,
    registers: [registry],
    collect() {
      for (const [receiver, count] of waiting()) this.set({ receiver }, count)
    },
  })
}
