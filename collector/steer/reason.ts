import type { Move } from './policy.ts'
import type { Candidate } from './world.ts'

/** Why a cell is sent elsewhere, in a sentence with its numbers. */
export function reasonOf(move: Move, from: Candidate | undefined, to: Candidate | undefined): string {
  const there = `${move.to}: ${figuresOf(to)}`
  if (move.motive === 'first') return `the best there is, ${there}`
  if (move.motive === 'pinned') return `an operator chose ${there}`
  if (move.motive === 'gone') return `${move.from} takes nobody any more; next is ${there}`
  if (move.motive === 'hurt') return `the move to ${move.from} made it worse and is taken back, ${there}`
  const here = `${move.from}: ${figuresOf(from)}`
  const why = from?.incident_id == null ? 'a move there made it worse' : 'an incident says so'
  if (move.motive === 'ill') return `${move.from} is ill: ${why} (${here}); next is ${there}`
  return `better by more than the margin. ${here}; ${there}`
}

function figuresOf(candidate: Candidate | undefined): string {
  if (candidate === undefined) return 'nothing is known of it'
  const { cost, estimate } = candidate
  if (estimate === null) return `cost ${cost.toFixed(4)}, measured by nobody of the country lately`
  const { success_ratio, stall_ratio, handshake_ms, startup_ms, runs } = estimate
  return [
    `cost ${cost.toFixed(4)}`,
    `success ${percent(success_ratio)}`,
    `stalled ${percent(stall_ratio)} of the time`,
    `connect ${ms(handshake_ms)}`,
    `startup ${ms(startup_ms)}`,
    `of ${runs.toFixed(1)} runs’ weight of its own`,
  ].join(', ')
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`
}

function ms(value: number | null): string {
  return value === null ? 'not known' : `${value.toFixed(0)} ms`
}
