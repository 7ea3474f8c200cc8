import { parseArgs } from 'node:util'
import type { Environment } from '../config/environment.ts'
import { messageOf, StartError } from '../error.ts'
import { DEFAULT_SCRIPT, readScript } from '../simulate/incident/script.ts'
import type { Settings } from '../simulate/simulation.ts'
import { FULL_SIZE } from '../simulate/world/world.ts'

/** What `simulate` was asked to do, checked. */
export interface SimulateOptions {
  readonly settings: Settings
  /** `null`: only the configuration is written. */
  readonly to_where: 'collector' | 'store' | null
  readonly url: URL
  readonly token: string
  readonly dataDir: string
  readonly from_ms: number
  /** `null`: goes on in real time. */
  readonly to_ms: number | null
  readonly rows: number | null
  readonly truth: string | null
  readonly resume: string | null
  readonly writeConfig: string | null
  readonly batchVisits: number
  readonly inFlight: number
}

export const SIMULATE_USAGE = `  simulate   measurements of a made-up world, marked simulated
             --collector URL --token T | --data-dir DIR of a collector that is not running
             --from time --to time (default: from now on, in real time)  --rate runs a second  --rows count
             --seed n --agents n --nodes n  --incidents FILE|none  --truth FILE  --resume FILE
             --batch rows --in-flight batches  --write-config FILE`

const one = { type: 'string' } as const
const OPTIONS = {
  collector: one,
  token: one,
  'data-dir': one,
  from: one,
  to: one,
  rate: one,
  rows: one,
  seed: one,
  agents: one,
  nodes: one,
  incidents: one,
  truth: one,
  resume: one,
  batch: one,
  'in-flight': one,
  'write-config': one,
} as const

/** Runs a second when nothing is said. */
const RATE = 10

/** Reads the arguments. Throws `BAD_ARGUMENTS`, and what reading the incident script throws. */
export function readSimulateOptions(args: string[], env: Environment, nowMs: number): SimulateOptions {
  const values = parsed(args)
  const { collector, 'data-dir': dataDir, 'write-config': writeConfig } = values
  if (collector !== undefined && dataDir !== undefined) throw bad('give --collector or --data-dir, not both')
  if (collector === undefined && dataDir === undefined && writeConfig === undefined)
    throw bad('say where to: --collector URL, --data-dir DIR or --write-config FILE')
  const token = values.token ?? env.AGENT_TOKEN ?? ''
  if (collector !== undefined && token === '') throw bad('--collector needs --token, or AGENT_TOKEN')

  const from = timeOf('--from', values.from) ?? nowMs
  const to = timeOf('--to', values.to)
  const rows = values.rows === undefined ? null : numberOf('--rows', values.rows, 1, 1e12, true)
  if (to !== null && to <= from) throw bad('--to is not after --from')
  if (dataDir !== undefined && to === null) throw bad('--data-dir needs --from and --to')
  const rateGiven = values.rate === undefined ? null : numberOf('--rate', values.rate, 0.001, 1e6, false)
  const spread = rows !== null && to !== null ? (rows * 1_000) / (to - from) : null
  const batch = numberOf('--batch', values.batch ?? '2000', 2, 10_000, true)
  return {
    settings: {
      seed: numberOf('--seed', values.seed ?? '1', 0, 0xffff_ffff, true),
      rate: rateGiven ?? spread ?? RATE,
      size: {
        agents: numberOf('--agents', values.agents ?? `${FULL_SIZE.agents}`, 1, 10_000, true),
        nodes: numberOf('--nodes', values.nodes ?? `${FULL_SIZE.nodes}`, 9, 10_000, true),
      },
      script: values.incidents === 'none' ? [] : readScript(values.incidents ?? DEFAULT_SCRIPT),
    },
    to_where: collector !== undefined ? 'collector' : dataDir !== undefined ? 'store' : null,
    url: urlOf(collector),
    token,
    dataDir: dataDir ?? env.DATA_DIR,
    from_ms: from,
    to_ms: to,
    rows,
    truth: values.truth ?? null,
    resume: values.resume ?? null,
    writeConfig: writeConfig ?? null,
    batchVisits: Math.floor(batch / 2),
    inFlight: numberOf('--in-flight', values['in-flight'] ?? '4', 1, 64, true),
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw bad(messageOf(error), error)
  }
}

function numberOf(name: string, text: string, least: number, most: number, whole: boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  throw bad(`${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`)
}

function timeOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw bad(`${name} must be a time like 2026-11-01T00:00:00Z`)
  return ms
}

function urlOf(text: string | undefined): URL {
  if (text !== undefined && !/^https?:\/\//.test(text))
    throw bad('--collector must begin with http:// or https://')
  if (text !== undefined && !URL.canParse(text)) throw bad(`--collector: '${text}' is not a URL`)
  return new URL(text ?? 'http://127.0.0.1:8080')
}

function bad(message: string, cause?: unknown): StartError {
  return new StartError('BAD_ARGUMENTS', message, cause)
}
