import { tool } from './tool.ts'

/** An answer as BIND's `dig` reads it. */
export interface Dug {
  /** `NOERROR`, `NXDOMAIN`, ... */
  readonly status: string
  /** Of the header: `qr`, `aa`, `tc`, ... */
  readonly flags: readonly string[]
  /** The question as it came back. */
  readonly question: string
  /** Records, their fields one space apart. */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  /** `198.51.100.0/24/24`; `null`: none came back. */
  readonly subnet: string | null
  readonly text: string
}

/** Asks with `dig`, once and over UDP where nothing else is said. Rejects when nobody answers. */
export async function dig(port: number, ...args: readonly string[]): Promise<Dug> {
  const { stdout: text } = await tool('dig', [
    ...['@127.0.0.1', '-p', String(port), '+norecurse', '+nocookie', '+tries=1', '+timeout=20', ...args],
  ])
  const section = (name: string) =>
    (text.split(`;; ${name} SECTION:\n`)[1]?.split('\n\n')[0] ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\s+/g, ' ').trim())
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? '',
    flags: (/;; flags: ([a-z ]*);/.exec(text)?.[1] ?? '').split(' '),
    question: section('QUESTION')[0] ?? '',
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    subnet: /CLIENT-SUBNET: (\S+)/.exec(text)?.[1] ?? null,
    text,
  }
}
