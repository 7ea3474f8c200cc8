import { readdirSync, readlinkSync } from 'node:fs'
import { platform } from 'node:process'
import koffi from 'koffi'

const SOL_SOCKET = 1
const SO_TYPE = 3
const SOCK_DGRAM = 2
/** `IP_MTU_DISCOVER` and `IPV6_MTU_DISCOVER`, linux/in.h and linux/in6.h. */
const MTU_DISCOVER = [
  { level: 0, name: 10 },
  { level: 41, name: 23 },
] as const
/** Never fragment here, and let nobody on the way: what is too big is an error. */
const PMTUDISC_DO = 2

/**
 * Makes the UDP sockets of this process on `port` send whole datagrams or none. QUIC must not be fragmented (RFC 9000
 * §14), and a prober of path MTU that is, finds paths as wide as it asks for.
 * @returns how many sockets it was done on; 0 off Linux
 */
export function forbidFragments(port: number): number {
  if (platform !== 'linux') return 0
  const libc = koffi.load(null)
  const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)')
  const getsockopt = libc.func(
    'int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)',
  )
  const setsockopt = libc.func('int setsockopt(int fd, int level, int name, int *value, uint32_t length)')
  const isOurs = (fd: number) => {
    const type = [0]
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, type, [4]) !== 0 || type[0] !== SOCK_DGRAM) return false
    const address = new Uint8Array(28)
    if (getsockname(fd, address, [address.length]) !== 0) return false
    return ((address[2] ?? 0) << 8) + (address[3] ?? 0) === port
  }
  return socketsOfThisProcess().filter(
    (fd) =>
      isOurs(fd) &&
      // One of the two fits the socket's family.
      MTU_DISCOVER.map(({ level, name }) => setsockopt(fd, level, name, [PMTUDISC_DO], 4)).includes(0),
  ).length
}

function socketsOfThisProcess(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
      } catch {
        return false
      }
    })
}
