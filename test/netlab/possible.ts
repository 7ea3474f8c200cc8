import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import type { TestContext } from 'node:test'

/**
 * Whether this machine can hold a lab. Where it cannot, the test says why as a skip; where CI demands it, it fails.
 */
export function needsLab(t: TestContext): boolean {
  const reason = impossible()
  if (reason === null) return true
  if (process.env.CI) throw new Error(`${reason}, and CI demands it`)
  t.skip(reason)
  return false
}

/** Why this machine cannot hold a lab; `null`: it can. */
export function impossible(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only'
  if (process.geteuid?.() !== 0) return 'network namespaces need root'
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    return '/dev/net/tun cannot be opened'
  }
  const ip = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  if (ip.error !== undefined) return 'iproute2 is not installed'
  return ip.status === 0 ? null : `ip netns: ${ip.stderr.trim()}`
}
