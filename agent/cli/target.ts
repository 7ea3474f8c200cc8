import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Target } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { oneOf, UsageError } from './arguments.ts'

/** What the command line says of a target beside its URL and its transport. */
export interface Described {
  readonly insecure: boolean
  readonly cmcd: boolean
  readonly header: readonly string[]
  readonly ca?: string | undefined
  readonly format?: string | undefined
  readonly address?: string | undefined
  readonly 'server-name'?: string | undefined
  readonly sign?: string | undefined
  readonly resumption?: string | undefined
}

const isTarget = Compile(Target)

/** An address as typed. @throws UsageError */
export function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError('BAD_ARGUMENT', `"${text}" is not an http or https URL`)
  return url
}

/** A target made of a URL alone, its names from the host and the path, and of what was typed beside it. @throws UsageError */
export function describe(url: URL, typed: Described): Target {
  const { address, sign, resumption } = typed
  if (address !== undefined && isIP(address) === 0)
    throw new UsageError('BAD_ARGUMENT', `--address takes an IP address, not "${address}"`)
  const headers = headersOf(typed.header)
  const target: Target = {
    target_id: safe(`${url.host}${url.pathname}`).slice(0, 120),
    url: url.href,
    node_id: safe(url.host).slice(0, 128),
    stream_id: safe(streamOf(url)).slice(0, 128),
    route: 'public',
    provider: 'unknown',
    transport: 'tcp',
    http_version: null,
    format:
      typed.format === undefined ? formatOf(url) : oneOf(typed.format, '--format', ['flv', 'hls', 'll-hls']),
    ca_pem: typed.ca === undefined ? null : pemOf(typed.ca),
    insecure: typed.insecure,
    ...(address === undefined ? {} : { address }),
    ...(typed['server-name'] === undefined ? {} : { server_name: typed['server-name'] }),
    ...(headers === null ? {} : { headers }),
    ...(sign === undefined ? {} : { sign: signatureOf(sign) }),
    ...(resumption === undefined
      ? {}
      : { resumption: oneOf(resumption, '--resumption', ['cold', 'resumed', 'zero-rtt']) }),
    ...(typed.cmcd ? { cmcd: true } : {}),
  }
  const [problem] = isTarget.Errors(target)
  if (problem !== undefined)
    throw new UsageError(
      'BAD_ARGUMENT',
      `${problem.instancePath.slice(1).replaceAll('/', '.')} ${problem.message}`,
    )
  return target
}

function formatOf(url: URL): 'hls' | 'flv' {
  return url.pathname.endsWith('.m3u8') || url.pathname.endsWith('.m3u') ? 'hls' : 'flv'
}

function streamOf(url: URL): string {
  return (url.pathname.split('/').at(-1) ?? '').replace(/\.[a-z0-9]+$/i, '')
}

function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9._:/@+-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'unnamed'
}

function headersOf(lines: readonly string[]): Record<string, string> | null {
  if (lines.length === 0) return null
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      if (at <= 0) throw new UsageError('BAD_ARGUMENT', `--header takes "name: value", not "${line}"`)
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
}

function signatureOf(text: string): NonNullable<Target['sign']> {
  const at = text.indexOf(':')
  const scheme = oneOf(text.slice(0, Math.max(0, at)), '--sign', ['tencent', 'aliyun'])
  return { scheme, key: text.slice(at + 1) }
}

function pemOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      'CA_UNREADABLE',
      `--ca ${file}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
