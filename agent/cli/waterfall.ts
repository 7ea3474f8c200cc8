import { styleText } from 'node:util'
import type { Measurement } from '@streamgauge/contract'

const BAR_COLUMNS = 44
const STRIP_COLUMNS = 64

interface Phase {
  readonly name: string
  readonly from_ms: number
  readonly ms: number | null
}

/** One run as text: what came when, and a strip of playing and stalling. */
export function waterfall(m: Measurement, url: string): string {
  const phases = phasesOf(m)
  const longest = Math.max(1, ...phases.map((phase) => phase.from_ms + (phase.ms ?? 0)))
  const lines = [
    styleText('bold', `${m.transport.toUpperCase()}  ${url}`),
    `  ${spokenOf(m)}`,
    '',
    ...phases.map(
      (phase) => `  ${phase.name.padEnd(13)}${duration(phase.ms).padStart(10)}  ${bar(phase, longest)}`,
    ),
    '',
    ...playbackLines(m),
  ]
  return `${lines.join('\n')}\n`
}

/** Two runs of a pair, in columns. */
export function sideBySide(runs: readonly Measurement[], url: string): string {
  const rows: (readonly [string, (m: Measurement) => string])[] = [
    ['', (m) => m.transport.toUpperCase()],
    ['protocol', (m) => `HTTP/${m.http_version ?? '?'}`],
    ['connect time', (m) => duration(m.handshake_ms)],
    ['wait', (m) => duration(m.wait_ms)],
    ['first frame', (m) => duration(m.first_frame_ms)],
    ['startup', (m) => duration(m.startup_ms)],
    ['played', (m) => duration(m.played_ms)],
    ['stalled', (m) => (m.stall_ms === null ? '-' : `${duration(m.stall_ms)} (${m.stall_count} times)`)],
    ['stall ratio', (m) => stallRatio(m)],
    ['throughput', (m) => bitrate(m.throughput_bps)],
    ['round trip', (m) => duration(m.rtt_ms)],
    ['outcome', (m) => outcomeOf(m)],
  ]
  const body = rows.map(([name, cell]) =>
    `  ${name.padEnd(14)}${runs.map((m) => cell(m).padEnd(26)).join('')}`.trimEnd(),
  )
  const strips = runs.map((m) => `  ${m.transport.padEnd(6)}${strip(m)}`)
  const note = '  One pair is an example, not a comparison: a campaign says how sure it is.'
  return `${[styleText('bold', `PAIR  ${url}`), ...body, '', ...strips, legend(), '', note].join('\n')}\n`
}

function phasesOf(m: Measurement): Phase[] {
  const led = m.redirect_ms ?? 0
  const dns = led + (m.dns_ms ?? 0)
  const handshake = m.handshake_ms ?? 0
  const waiting = Math.max(dns + handshake, dns + (m.ttfb_ms ?? 0) - (m.wait_ms ?? 0))
  return [
    ...(m.redirect_ms === null ? [] : [{ name: 'redirect', from_ms: 0, ms: m.redirect_ms }]),
    { name: 'dns', from_ms: led, ms: m.dns_ms },
    ...(m.transport === 'tcp'
      ? [
          { name: 'tcp', from_ms: dns, ms: m.connect_ms },
          { name: 'tls', from_ms: dns + (m.connect_ms ?? 0), ms: m.tls_ms },
        ]
      : []),
    { name: 'connect time', from_ms: dns, ms: m.handshake_ms },
    { name: 'wait', from_ms: waiting, ms: m.wait_ms },
    { name: 'first frame', from_ms: 0, ms: m.first_frame_ms },
    { name: 'startup', from_ms: 0, ms: m.startup_ms },
  ]
}

function spokenOf(m: Measurement): string {
  const parts = [
    m.http_version === null ? null : `HTTP/${m.http_version}`,
    m.tls_version === null ? (m.handshake_ms === null ? null : 'cleartext') : `TLS ${m.tls_version}`,
    m.server_ip,
    m.zero_rtt ? '0-RTT' : m.resumed ? 'resumed' : null,
    m.retry ? 'Retry' : null,
    m.rtt_ms === null ? null : `rtt ${duration(m.rtt_ms)}`,
    m.taints.length === 0 ? null : styleText('yellow', `tainted: ${m.taints.join(', ')}`),
  ]
  return parts.filter((part) => part !== null).join(', ')
}

function playbackLines(m: Measurement): string[] {
  if (m.kind === 'connect') return [`  ${outcomeOf(m)}`]
  const stalls = m.stall_count === 1 ? '1 stall' : `${m.stall_count} stalls`
  const told =
    m.played_ms === null
      ? 'playback never started'
      : `played ${duration(m.played_ms)}, stalled ${duration(m.stall_ms)} (${stalls}), stall ratio ${stallRatio(m)}`
  const pulled = `${((m.bytes ?? 0) / 1e6).toFixed(2)} MB, ${duration(m.media_ms)} of media at ${bitrate(m.media_bitrate_bps)}`
  const behind = m.live_latency_ms === null ? [] : [`  ${duration(m.live_latency_ms)} behind the live edge`]
  return [`  ${strip(m)}`, legend(), `  ${told}`, `  ${pulled}`, ...behind, `  ${outcomeOf(m)}`]
}

/** The run from left to right: waiting, playing, stalled. A stall shows however short it is. */
function strip(m: Measurement): string {
  const cells = Array.from({ length: STRIP_COLUMNS }, (_, column) => {
    const from = (column / STRIP_COLUMNS) * m.wall_ms
    const to = ((column + 1) / STRIP_COLUMNS) * m.wall_ms
    if (m.startup_ms === null || to <= m.startup_ms) return '·'
    return m.stalls.some((s) => s.at_ms < to && s.at_ms + s.length_ms > from) ? styleText('red', '░') : '█'
  })
  return `${cells.join('')} ${(m.wall_ms / 1_000).toFixed(1)} s`
}

function legend(): string {
  return styleText('dim', '  · waiting   █ playing   ░ stalled')
}

function bar(phase: Phase, longest: number): string {
  if (phase.ms === null) return ''
  const from = Math.min(BAR_COLUMNS - 1, Math.round((phase.from_ms / longest) * BAR_COLUMNS))
  const wide = Math.max(1, Math.round((phase.ms / longest) * BAR_COLUMNS))
  return ' '.repeat(from) + '▇'.repeat(Math.min(wide, BAR_COLUMNS - from))
}

function outcomeOf(m: Measurement): string {
  if (m.failure_code === null) return styleText('green', 'ok')
  const status = m.failure_code === 'HTTP_STATUS' ? ` ${m.http_status}` : ''
  return styleText('red', `${m.failure_code}${status} (${m.failure_source})`)
}

function stallRatio(m: Measurement): string {
  if (m.stall_ms === null || m.played_ms === null) return '-'
  const watched = m.stall_ms + m.played_ms
  return watched === 0 ? '-' : (m.stall_ms / watched).toFixed(4)
}

function duration(ms: number | null): string {
  if (ms === null) return '-'
  return ms < 10_000 ? `${ms.toFixed(ms < 100 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

function bitrate(bps: number | null): string {
  return bps === null ? '-' : `${(bps / 1e6).toFixed(2)} Mbit/s`
}
