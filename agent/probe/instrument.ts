import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { cpuUsage } from 'node:process'
import { epochMs, monotonicMs } from '../clock.ts'

/** Beyond these a run says more about this machine than about the network. */
const LIMITS = { loop_lag_ms: 100, cpu_steal_ratio: 0.1, clock_step_ms: 50 } as const
const RESOLUTION_MS = 10

/** How well this machine could measure during one run. */
export interface Instrument {
  /** Longest the event loop was late. */
  readonly loop_lag_ms: number
  /** CPU this process used, of one core; may pass 1. */
  readonly cpu_ratio: number
  /** CPU the hypervisor gave to others; `null`: this system does not tell. */
  readonly cpu_steal_ratio: number | null
  readonly taints: readonly string[]
}

/** Starts watching; `stop` tells what was seen since. */
export function watchInstrument(): { stop(): Instrument } {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  lag.enable()
  const cpu = cpuUsage()
  const ticks = readTicks()
  const started = monotonicMs()
  const wall = epochMs()
  return {
    stop() {
      lag.disable()
      const elapsed = monotonicMs() - started
      const used = cpuUsage(cpu)
      const loop_lag_ms = Math.max(0, (lag.count > 0 ? lag.max / 1e6 : elapsed) - RESOLUTION_MS)
      const cpu_steal_ratio = stealBetween(ticks, readTicks())
      const taints: string[] = []
      if (loop_lag_ms > LIMITS.loop_lag_ms) taints.push('loop_lag')
      if ((cpu_steal_ratio ?? 0) > LIMITS.cpu_steal_ratio) taints.push('cpu_steal')
      if (Math.abs(epochMs() - wall - elapsed) > LIMITS.clock_step_ms) taints.push('clock_step')
      return { loop_lag_ms, cpu_ratio: (used.user + used.system) / 1_000 / elapsed, cpu_steal_ratio, taints }
    },
  }
}

interface Ticks {
  readonly total: number
  readonly steal: number
}

/** The first line of /proc/stat: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`. */
function readTicks(): Ticks | null {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
    const numbers = line.split(/\s+/).slice(1, 9).map(Number)
    const steal = numbers[7]
    if (steal === undefined || numbers.some(Number.isNaN)) return null
    return { total: numbers.reduce((sum, n) => sum + n, 0), steal }
  } catch {
    return null
  }
}

function stealBetween(before: Ticks | null, after: Ticks | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null
  return Math.max(0, (after.steal - before.steal) / (after.total - before.total))
}
