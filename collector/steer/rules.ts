import { USUAL_WEIGHTS, type Weights } from './cost.ts'
import { type Policy, USUAL_POLICY } from './policy.ts'

/** What an operator says of a node. */
export interface NodeRules {
  /** Put on its cost for everybody. */
  readonly extra_cost: number
  /** Nobody is to be sent there. */
  readonly drained: boolean
  /** Times in which it is as if drained, half-open. */
  readonly maintenance: readonly { readonly from_ms: number; readonly to_ms: number }[]
}

/** The configuration of steering. Cells are named as `TH/AIS`. */
export interface SteeringRules {
  /** `dry-run`: decides and writes down, and sends nobody anywhere. */
  readonly mode: 'on' | 'dry-run' | 'off'
  readonly policy: Policy
  readonly weights: Weights
  readonly nodes: ReadonlyMap<string, NodeRules>
  /** Bit/s. Where none is given, every cell is as large as the next. */
  readonly demand: ReadonlyMap<string, number>
  readonly pins: ReadonlyMap<string, string>
}

/** The rules where nothing is configured. */
export const USUAL_STEERING: SteeringRules = {
  mode: 'on',
  policy: USUAL_POLICY,
  weights: USUAL_WEIGHTS,
  nodes: new Map(),
  demand: new Map(),
  pins: new Map(),
}
