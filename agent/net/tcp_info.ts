import type { Socket } from 'node:net'
import { platform } from 'node:process'
import koffi from 'koffi'
import { descriptorOf } from './descriptor.ts'

/** What the kernel knows of a TCP connection. */
export interface TcpInfo {
  readonly rtt_ms: number
  readonly rtt_var_ms: number
  /** `null`: the kernel is older than 4.6. */
  readonly rtt_min_ms: number | null
  /** Segments this side sent again. A viewer sends little, so what the server sent again is not in here. */
  readonly retransmit_count: number
  /** Data segments that came out of turn; `null`: the kernel is older than 5.4. */
  readonly out_of_order_count: number | null
  readonly ecn: boolean
}

const IPPROTO_TCP = 6
const TCP_INFO = 11
/** In `tcpi_options`: both ends agreed on ECN. */
const TCPI_OPT_ECN = 8

type GetSockOpt = (fd: number, level: number, name: number, value: Uint8Array, length: number[]) => number
let getsockopt: GetSockOpt | null = null

/** Reads TCP_INFO (struct tcp_info, linux/tcp.h) of a connected socket; `null` off Linux or when it is closed. */
export function readTcpInfo(socket: Socket): TcpInfo | null {
  const fd = descriptorOf(socket)
  if (platform !== 'linux' || fd === null) return null
  getsockopt ??= koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)')
  const bytes = new Uint8Array(256)
  const length = [bytes.length]
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, length) !== 0) return null
  const view = new DataView(bytes.buffer)
  const us = (offset: number) => view.getUint32(offset, true) / 1_000
  return {
    rtt_ms: us(68),
    rtt_var_ms: us(72),
    rtt_min_ms: (length[0] ?? 0) >= 152 ? us(148) : null,
    retransmit_count: view.getUint32(100, true),
    out_of_order_count: (length[0] ?? 0) >= 228 ? view.getUint32(224, true) : null,
    ecn: (view.getUint8(5) & TCPI_OPT_ECN) !== 0,
  }
}
