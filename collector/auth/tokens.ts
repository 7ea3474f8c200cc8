import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Role } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import { type Now, timestamp } from '../clock.ts'
import type { Store } from '../store/store.ts'
import type { Principal } from './principal.ts'

/** How old the list may get before an unknown token makes it be read again: another collector may have made it. */
const FRESH_MS = 5_000

/** A token as stored: its SHA-256 in hex, never the token. */
interface StoredToken {
  readonly token_id: string
  readonly token_hash: string
  readonly role: Role
  readonly name: string
  readonly agent_id: string | null
  readonly created_at: string
}

/** A token as listed. */
export type TokenInfo = Omit<StoredToken, 'token_hash'>

/** The tokens that come from the environment or the data folder. */
export interface FixedTokens {
  readonly admin: string
  readonly agent: string | null
}

/** Every token that lets someone in. */
export class TokenBook {
  readonly #store: Store
  readonly #now: Now
  readonly #fixed: ReadonlyMap<string, StoredToken>
  #stored: ReadonlyMap<string, StoredToken> = new Map()
  #readAt = 0

  constructor(store: Store, fixed: FixedTokens, now: Now) {
    this.#store = store
    this.#now = now
    this.#fixed = byHash([
      fixedToken('admin', fixed.admin),
      ...(fixed.agent === null ? [] : [fixedToken('agent', fixed.agent)]),
    ])
  }

  /** Reads the stored tokens again. */
  async refresh(): Promise<void> {
    this.#readAt = this.#now()
    this.#stored = byHash(await this.#store.read<StoredToken>('tokens/list', {}))
  }

  /** Who a token belongs to as far as is known without asking the store; `null`: nobody. */
  known(token: string): Principal | null {
    return this.#lookUp(hashOf(token))
  }

  /** Who a token belongs to; `null` when it is unknown or revoked. */
  async find(token: string): Promise<Principal | null> {
    const known = this.known(token)
    if (known !== null || this.#now() - this.#readAt < FRESH_MS) return known
    await this.refresh()
    return this.known(token)
  }

  /** A token's hash, to sign sessions with; `null` when it is unknown or revoked. */
  byId(tokenId: string): { principal: Principal; hash: string } | null {
    for (const list of [this.#fixed, this.#stored])
      for (const token of list.values())
        if (token.token_id === tokenId) return { principal: principalOf(token), hash: token.token_hash }
    return null
  }

  /** The stored tokens, oldest first. */
  list(): TokenInfo[] {
    return [...this.#stored.values()].map(({ token_hash, ...info }) => info)
  }

  /** Makes a token and stores its hash; the token itself is in the answer and nowhere else. */
  async create(role: Role, name: string, agentId: string | null): Promise<TokenInfo & { token: string }> {
    const token = `sg_${randomBytes(32).toString('base64url')}`
    const info: TokenInfo = {
      token_id: uuidV7(),
      role,
      name,
      agent_id: agentId,
      created_at: timestamp(this.#now()),
    }
    await this.#append({ ...info, token_hash: hashOf(token) }, false)
    return { ...info, token }
  }

  /** Revokes a token; `false` when there is none with this id. */
  async revoke(tokenId: string): Promise<boolean> {
    const token = [...this.#stored.values()].find((candidate) => candidate.token_id === tokenId)
    if (token === undefined) return false
    await this.#append(token, true)
    return true
  }

  async #append(token: StoredToken, revoked: boolean) {
    const row = { ...token, revoked, version_at: timestamp(this.#now()) }
    await this.#store.insert('tokens', [row], `${token.token_id}-${revoked ? 'revoked' : 'made'}`)
    await this.refresh()
  }

  #lookUp(hashed: string): Principal | null {
    const token = this.#fixed.get(hashed) ?? this.#stored.get(hashed)
    if (token === undefined) return null
    return timingSafeEqual(Buffer.from(token.token_hash), Buffer.from(hashed)) ? principalOf(token) : null
  }
}

function fixedToken(role: 'admin' | 'agent', token: string): StoredToken {
  return { token_id: role, token_hash: hashOf(token), role, name: role, agent_id: null, created_at: '' }
}

function principalOf(token: StoredToken): Principal {
  return { role: token.role, tokenId: token.token_id, agentId: token.agent_id }
}

function byHash(tokens: readonly StoredToken[]): ReadonlyMap<string, StoredToken> {
  return new Map(tokens.map((token) => [token.token_hash, token]))
}

function hashOf(token: string): string {
  return hash('sha256', token)
}
