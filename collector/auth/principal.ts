import type { Role } from '@streamgauge/contract'

/** Who is asking. */
export interface Principal {
  readonly role: Role
  /** The token that let them in; `admin` and `agent` for the two that come from the environment. */
  readonly tokenId: string
  /** The only agent this token may speak for; `null`: any. */
  readonly agentId: string | null
}

/** Who may enter: any role named here. An admin may do everything, an operator everything a viewer may. */
const ADMITTED = {
  agent: ['agent', 'admin'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
} as const satisfies Record<Role, readonly Role[]>

/** Whether someone with role `has` may do what asks for `needs`. */
export function allows(has: Role, needs: Role): boolean {
  const admitted: readonly Role[] = ADMITTED[needs]
  return admitted.includes(has)
}
