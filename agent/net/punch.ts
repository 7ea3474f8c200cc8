import { platform } from 'node:process'
import koffi from 'koffi'

/** FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, linux/falloc.h. */
const PUNCH_HOLE = 3
const PAGE_BYTES = 4_096

type Fallocate = (fd: number, mode: number, offset: number, length: number) => number
let fallocate: Fallocate | null = null

/**
 * Gives back the room that `[from, to)` of an open file takes, whole pages of it; the file keeps its length, so whoever
 * writes at its end goes on as before.
 * @returns whether it was done; `false` off Linux, or where the file system cannot
 */
export function punchHole(fd: number, from: number, to: number): boolean {
  const start = Math.ceil(from / PAGE_BYTES) * PAGE_BYTES
  const end = Math.floor(to / PAGE_BYTES) * PAGE_BYTES
  if (platform !== 'linux' || end <= start) return false
  fallocate ??= koffi.load(null).func('int fallocate(int fd, int mode, int64_t offset, int64_t length)')
  return fallocate(fd, PUNCH_HOLE, start, end - start) === 0
}
