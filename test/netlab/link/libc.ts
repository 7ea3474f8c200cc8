import { constants, openSync } from 'node:fs'
import { setPriority } from 'node:os'
import koffi from 'koffi'

const libc = koffi.load(null)
const ioctl: (fd: number, request: number, argument: Uint8Array) => number = libc.func(
  'int ioctl(int fd, unsigned long request, void *argument)',
)
const readInto: (fd: number, bytes: Uint8Array, length: number) => number = libc.func(
  'long read(int fd, void *bytes, unsigned long length)',
)
const writeFrom: (fd: number, bytes: Uint8Array, length: number) => number = libc.func(
  'long write(int fd, void *bytes, unsigned long length)',
)
const ppoll: (fds: Uint8Array, count: number, timeout: Uint32Array | null, mask: null) => number = libc.func(
  'int ppoll(void *fds, unsigned long count, void *timeout, void *mask)',
)
const prctl: (option: number, value: number) => number = libc.func(
  'int prctl(int option, unsigned long value)',
)
const sched_setscheduler: (pid: number, policy: number, parameters: Int32Array) => number = libc.func(
  'int sched_setscheduler(int pid, int policy, void *parameters)',
)

// linux/if_tun.h, asm-generic/errno.h, linux/prctl.h, linux/sched.h, asm-generic/poll.h
const TUNSETIFF = 0x400454ca
const IFF_TUN_NO_PI = 0x1001
const [EINTR, EIO, EAGAIN, EBADFD] = [4, 5, 11, 77]
const PR_SET_TIMERSLACK = 29
const SCHED_FIFO = 1
const [POLLIN, POLLERR, POLLHUP] = [0x1, 0x8, 0x10]

/** Makes a TUN device that lives as long as this process. @throws with the errno in the message */
export function openTun(name: string): number {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK)
  const request = new Uint8Array(40)
  request.set(new TextEncoder().encode(name).subarray(0, 15))
  new DataView(request.buffer).setUint16(16, IFF_TUN_NO_PI, true)
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw failure(`TUNSETIFF ${name}`)
  return fd
}

/** Reads one packet and returns its length; `null`: there is none; `gone`: the device went with its namespace. */
export function readPacket(fd: number, bytes: Uint8Array): number | null | 'gone' {
  const length = readInto(fd, bytes, bytes.length)
  if (length >= 0) return length
  if (koffi.errno() === EAGAIN || koffi.errno() === EINTR) return null
  if (koffi.errno() === EBADFD) return 'gone'
  throw failure('read from a TUN device')
}

/** Writes one packet; `false`: the device is down. @throws on anything else */
export function writePacket(fd: number, bytes: Uint8Array, length_bytes: number): boolean {
  if (writeFrom(fd, bytes, length_bytes) >= 0) return true
  if (koffi.errno() === EIO || koffi.errno() === EAGAIN) return false
  throw failure('write to a TUN device')
}

/** Waits until one of `fds` can be read, at most `timeout_ms`, to the microsecond. */
export function waiter(fds: readonly number[]): (timeout_ms: number) => readonly boolean[] {
  const polled = new Uint8Array(8 * fds.length)
  const view = new DataView(polled.buffer)
  fds.forEach((fd, i) => {
    view.setInt32(8 * i, fd, true)
    view.setInt16(8 * i + 4, POLLIN, true)
  })
  // struct timespec of 64-bit fields; both stay below 2^32.
  const timespec = new Uint32Array(4)
  const readable = fds.map(() => false)
  return (timeout_ms) => {
    timespec[0] = Math.floor(timeout_ms / 1_000)
    timespec[2] = Math.floor((timeout_ms % 1_000) * 1e6)
    const ready = ppoll(polled, fds.length, timeout_ms === Number.POSITIVE_INFINITY ? null : timespec, null)
    for (let i = 0; i < fds.length; i++)
      readable[i] = ready > 0 && (view.getInt16(8 * i + 6, true) & (POLLIN | POLLERR | POLLHUP)) !== 0
    return readable
  }
}

/**
 * Lets this process wake when it asked to, whatever else runs: real-time priority (1 to 99), and no slack on timers.
 * Only for one that sleeps whenever it has nothing to do. Where that is not allowed it goes on without, later by what
 * the machine is busy with.
 */
export function beOnTime(priority: number): void {
  prctl(PR_SET_TIMERSLACK, 1)
  if (sched_setscheduler(0, SCHED_FIFO, new Int32Array([priority])) === 0) return
  try {
    setPriority(-20)
  } catch {
    // Not allowed either.
  }
}

function failure(what: string): Error {
  return new Error(`${what}: errno ${koffi.errno()}`)
}
