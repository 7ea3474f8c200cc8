import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ReceiverEntry } from '../config/alerts.ts'
import { messageOf, StartError } from '../error.ts'

/** Where alerts go, with what has to be kept secret. */
export interface Receiver {
  readonly name: string
  readonly type: ReceiverEntry['type']
  /** `http:`, `https:`; of e-mail `smtp:` or `smtps:`. May have a user and a password. */
  readonly url: string
  /** What is signed with; of e-mail the password; `null`: nothing is signed. */
  readonly secret: string | null
  /** `null`: it is no e-mail. */
  readonly mail: { readonly from: string; readonly to: readonly string[] } | null
}

interface Place {
  /** For messages: `alerts.receivers[0]`. */
  readonly at: string
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly refuse: (problem: string) => never
}

/** These know a caller by the URL alone. */
const UNSIGNED = new Set<ReceiverEntry['type']>(['slack', 'wecom', 'alertmanager'])

/** Finds the URL and the secret of a receiver. What is refused never shows either. */
export function resolveReceiver(given: ReceiverEntry, place: Place): Receiver {
  const { name, type, from, to } = given
  const isMail = type === 'email'
  const refuse = (problem: string): never => place.refuse(`${place.at}: ${problem}`)
  const urls = [given.url, given.url_env, given.url_file].filter((one) => one !== undefined)
  if (urls.length !== 1) refuse('give one of url, url_env and url_file')
  const url = given.url ?? secretOf(given, 'url', place) ?? refuse('give one of url, url_env and url_file')
  const scheme = isMail ? /^smtps?:\/\/[^/]/ : /^https?:\/\//
  if (!scheme.test(url) || !URL.canParse(url))
    refuse(`the url must be one that begins with ${isMail ? 'smtp:// or smtps://' : 'http:// or https://'}`)
  if (!isDecodable(url)) refuse('the user or password in the url has a % that is none of its own: write %25')
  const secret = secretOf(given, 'secret', place)
  if (secret !== null && UNSIGNED.has(type)) refuse(`${type} takes no secret`)
  if (secret === null && type === 'webhook') refuse('a webhook is signed; give secret_env or secret_file')
  if (secret !== null && isMail && new URL(url).username === '')
    refuse('a password needs a user: smtp://user@host')
  if (!isMail && (from ?? to) !== undefined) refuse(`${type} takes no from and to`)
  const mail = isMail
    ? { from: from ?? refuse('an e-mail needs from'), to: to ?? refuse('an e-mail needs to') }
    : null
  return { name, type, url, secret, mail }
}

/**
 * Text without what nobody may see of a receiver: its secret, its password, and all of its URL that may be a key. Answers of
 * receivers often repeat what was asked for.
 */
export function redact(text: string, { url, secret }: Receiver): string {
  const { href, host, username, password, pathname, search, searchParams } = new URL(url)
  const keys = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 6)
  const path = pathname.length > 1 || search !== '' ? [`${pathname}${search}`] : []
  const hidden = [
    url,
    href,
    ...path,
    secret ?? '',
    username && password,
    decodeURIComponent(password),
    ...keys,
  ]
  return hidden
    .filter((one) => one !== '' && one !== '/' && one !== host)
    .sort((a, b) => b.length - a.length)
    .reduce((left, one) => left.replaceAll(one, '[hidden]'), text)
}

function isDecodable(url: string): boolean {
  const { username, password } = new URL(url)
  try {
    decodeURIComponent(`${username}${password}`)
    return true
  } catch {
    return false
  }
}

function secretOf(
  given: ReceiverEntry,
  what: 'url' | 'secret',
  { at, folder, env, refuse }: Place,
): string | null {
  const no = (why: string) => refuse(`${at}.${what}_${why}`)
  const variable = given[`${what}_env`]
  const file = given[`${what}_file`]
  if (variable !== undefined && file !== undefined) no(`env: give ${what}_env or ${what}_file`)
  if (variable !== undefined) return env[variable] || no(`env: ${variable} is not set in the environment`)
  if (file === undefined) return null
  try {
    return readFileSync(resolve(folder, file), 'utf8').trimEnd() || no(`file: ${file} is empty`)
  } catch (error) {
    if (error instanceof StartError) throw error
    return no(`file: ${messageOf(error)}`)
  }
}
