import type { Server } from 'node:net'
import { platform } from 'node:process'
import koffi from 'koffi'
import { descriptorOf } from './descriptor.ts'

const IPPROTO_TCP = 6
const TCP_CONGESTION = 13

/** The congestion controls people compare. */
export const CONGESTION_CONTROLS = ['cubic', 'bbr'] as const
export type CongestionControl = (typeof CONGESTION_CONTROLS)[number]

/**
 * Makes every connection a listening server takes use `control` (TCP_CONGESTION, which accepted sockets inherit).
 * @returns whether the system did; `false` off Linux, or when the kernel has no such module
 */
export function setCongestion(server: Server, control: CongestionControl): boolean {
  const fd = descriptorOf(server)
  if (platform !== 'linux' || fd === null) return false
  const setsockopt = koffi
    .load(null)
    .func('int setsockopt(int fd, int level, int name, const char *value, uint32_t length)')
  return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control, control.length) === 0
}
