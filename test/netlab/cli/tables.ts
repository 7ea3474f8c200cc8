import type { Lab } from '../lab.ts'
import { type DirectionSettings, queueBytes } from '../link/settings.ts'
import { type Scenario, scenarios } from './scenarios.ts'

/** The scenarios, one line each. */
export function listOfScenarios(): string {
  return table(Object.entries(scenarios).map(([name, { summary }]) => [`  ${name}`, summary]))
}

/** Where the hosts are, and what each link does to packets. */
export function description(lab: Lab, scenario: Scenario): string {
  const hosts = lab.hosts.map(({ name, address, address6, namespace }) => {
    const role = scenario.origins.includes(name) ? 'origin' : scenario.lab.hosts[name]?.router ? 'router' : ''
    return [name, address, address6, namespace, role]
  })
  const links = directions(lab).map(({ from, to, settings }) => [`${from} -> ${to}`, ...inWords(settings)])
  return [
    table([['HOST', 'IPV4', 'IPV6', 'NAMESPACE', 'ROLE'], ...hosts]),
    table([['LINK', 'DELAY', 'LOSS', 'RATE', 'QUEUE', 'ALSO'], ...links]),
  ].join('\n')
}

/** What has become of the packets on each link. */
export async function counted(lab: Lab): Promise<string> {
  const rows: string[][] = [
    ['LINK', 'IN', 'LOST', 'DROPPED', 'BLOCKED', 'DELIVERED', 'BYTES', 'LATE AT WORST'],
  ]
  for (const { from, to, read } of directions(lab)) {
    const count = await read()
    const { in_count, lost_count, dropped_count, blocked_count, delivered_count, delivered_bytes } = count
    const numbers = [in_count, lost_count, dropped_count, blocked_count, delivered_count, delivered_bytes]
    rows.push([`${from} -> ${to}`, ...numbers.map(String), `${count.late_max_ms.toFixed(1)} ms`])
  }
  return table(rows)
}

function directions(lab: Lab) {
  return lab.links
    .flatMap(([a, b]) => [
      { from: a, to: b },
      { from: b, to: a },
    ])
    .map(({ from, to }) => {
      const link = lab.link(from, to)
      return { from, to, settings: link.settings.up, read: async () => (await link.counters()).up }
    })
}

function inWords(settings: DirectionSettings): string[] {
  const { delay_ms, jitter_ms, loss_ratio, loss_burst_count, rate_bps, outage, drop_udp, reorder } = settings
  const bursts = loss_burst_count === null ? '' : ` in bursts of ${loss_burst_count}`
  return [
    jitter_ms === 0 ? `${delay_ms} ms` : `${delay_ms} ± ${jitter_ms} ms`,
    loss_ratio === 0 ? '-' : `${Number((loss_ratio * 100).toPrecision(3))} %${bursts}`,
    rate_bps === null ? '-' : `${rate_bps / 1e6} Mbit/s`,
    rate_bps === null ? '-' : `${Math.round(queueBytes(settings) / 1_000)} kB`,
    [outage && 'outage', drop_udp && 'drops UDP', reorder && 'reorders'].filter(Boolean).join(', '),
  ]
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}
