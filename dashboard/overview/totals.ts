import type { Fleet, Overview } from '@streamgauge/contract'
import { formatCount } from '../figures/format.ts'

/** The fleet and the window in one line of words and counts. */
export function totalsText(fleet: Fleet, overview: Overview, windowName: string): string {
  const runs = sum(overview, 'runs_count')
  const online = fleet.agents.filter((agent) => agent.online).length
  const parts = [
    counted(fleet.nodes.length, 'node'),
    counted(fleet.targets.length, 'target'),
    `${formatCount(online)} of ${counted(fleet.agents.length, 'agent')} online`,
    `${counted(runs, 'run')} in the last ${windowName}`,
    `${formatCount(sum(overview, 'failed_count'))} failed`,
  ]
  const tainted = sum(overview, 'tainted_count')
  if (tainted > 0) parts.push(`${formatCount(tainted)} tainted, left out`)
  return parts.join(' · ')
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`
}

function sum(overview: Overview, field: 'runs_count' | 'failed_count' | 'tainted_count'): number {
  return overview.rows.reduce((total, row) => total + row[field], 0)
}
