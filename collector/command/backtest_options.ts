import { parseArgs } from 'node:util'
import { type Config, loadConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { usualRoundS } from '../detect/round.ts'
import { messageOf, StartError } from '../error.ts'
import { parseTime } from '../http/parameters.ts'
import { type Policy, USUAL_POLICY } from '../steer/policy.ts'
import type { Span } from '../store/filter.ts'

/** What `backtest` was asked to do, checked. */
export interface BacktestOptions {
  readonly span: Span
  readonly roundMs: number
  readonly config: Config
  /** The rules in force, when others are asked about. */
  readonly inForce: Config | null
  readonly format: 'text' | 'json'
}

export const BACKTEST_USAGE = `  backtest   what another steering policy would have done with what is stored, and gained
             --from time --to time  --config other.yaml  --policy margin=0.02,dwell_s=600,...
             --round s  --format text|json`

const one = { type: 'string' } as const
const OPTIONS = { from: one, to: one, config: one, policy: one, round: one, format: one } as const
/** The largest value each part of a policy may have, as in the configuration. */
const MOST: Readonly<Record<keyof Policy, number>> = {
  ...{ margin: 1, margin_ratio: 1, step_ratio: 1 },
  ...{ dwell_s: 86_400, warm_up_s: 86_400, patience_s: 86_400 },
}
const ROUND_MAX_S = 3_600

/** Reads the arguments. Throws `BAD_ARGUMENTS`, and what loading a configuration throws. */
export function readBacktestOptions(args: string[], env: Environment): BacktestOptions {
  const values = parsed(args)
  const span = spanOf(values.from, values.to)
  const format = values.format ?? 'text'
  if (format !== 'text' && format !== 'json') throw bad('--format must be text or json')
  const path = values.config ?? env.CONFIG
  if (path === undefined) throw bad('nothing is known of any node: give --config FILE, or CONFIG')
  const given = loadConfig(path)
  const policy = policyWith(values.policy ?? '', given.steering.policy)
  const config = { ...given, steering: { ...given.steering, policy } }
  if (config.nodes.length === 0) throw bad(`${path} has no nodes to choose from`)
  const roundMs = 1_000 * (roundOf(values.round) ?? env.DETECT_ROUND_S ?? usualRoundS(config.assignments))
  if (span.to - span.from < roundMs) throw bad(`the window is shorter than a round of ${roundMs / 1_000} s`)
  const isOther = values.config !== undefined || values.policy !== undefined
  const inForce = isOther && env.CONFIG !== undefined ? loadConfig(env.CONFIG) : null
  return { span, roundMs, config, inForce, format }
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw bad(messageOf(error), error)
  }
}

function spanOf(from: string | undefined, to: string | undefined): Span {
  if (from === undefined || to === undefined) throw bad('say of which time: --from and --to')
  const span = { from: timeOf('--from', from), to: timeOf('--to', to) }
  if (span.to <= span.from) throw bad('--to is not after --from')
  return span
}

function timeOf(name: string, text: string): number {
  try {
    return parseTime(name, text)
  } catch (error) {
    throw bad(messageOf(error), error)
  }
}

function roundOf(text: string | undefined): number | null {
  return text === undefined ? null : numberOf('--round', text, 1, ROUND_MAX_S)
}

/** `margin=0.02,dwell_s=600` put upon a policy. Throws `BAD_ARGUMENTS`. */
export function policyWith(text: string, before: Policy): Policy {
  const policy: Record<string, number> = { ...before }
  for (const part of text.split(',').filter((word) => word.trim() !== '')) {
    const [key = '', value = ''] = part.split('=', 2).map((word) => word.trim())
    if (!isKey(key)) throw bad(`--policy: no '${key}'; there are ${Object.keys(USUAL_POLICY).join(', ')}`)
    policy[key] = numberOf(`--policy ${key}`, value, 0, MOST[key])
  }
  return policy as unknown as Policy
}

function isKey(key: string): key is keyof Policy {
  return Object.hasOwn(USUAL_POLICY, key)
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= least && value <= most) return value
  throw bad(`${name} must be a number from ${least} to ${most}`)
}

function bad(message: string, cause?: unknown): StartError {
  return new StartError('BAD_ARGUMENTS', message, cause)
}
