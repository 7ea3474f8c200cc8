import type { Estimate, Incident, IncidentEvidence } from '@streamgauge/contract'
// By its own name: the schemas beside it would come along into the page.
import { proportion } from '@streamgauge/contract/proportion.ts'
import { formatCount, formatRatio } from '../figures/format.ts'
import { SIGNALS } from './words.ts'

/** What one signal says, as figures: the share that is bad with its 95 % interval, and the share that was to be expected. */
export interface Share {
  readonly bad: Estimate
  /** `null`: there was nothing, or it is silence, of which none is expected. */
  readonly expected: number | null
}

/** Works the shares of a signal out. */
export function shareOf({ signal, bad_count, runs_count, expected_count }: IncidentEvidence): Share {
  const expected = runs_count === 0 || signal === 'silent' ? null : expected_count / runs_count
  return { bad: proportion(Math.min(bad_count, runs_count), runs_count), expected }
}

/** `37.9 % of 214 runs stalled, 3.0 % expected`; of an objective `allowed`. */
export function evidenceText(evidence: IncidentEvidence, objective: Incident['objective']): string {
  const { signal, bad_count, runs_count } = evidence
  const { bad, expected } = shareOf(evidence)
  const { what } = SIGNALS[signal]
  if (bad.value === null || signal === 'silent')
    return `${formatCount(bad_count)} of ${formatCount(runs_count)} ${what}`
  const said = `${formatRatio(bad.value)} of ${formatCount(runs_count)} ${what}`
  return expected === null ? said : `${said}, ${formatRatio(expected)} ${expectedWord(objective)}`
}

/** What is bad, all signals in one line. */
export function badText({ evidence, objective }: Pick<Incident, 'evidence' | 'objective'>): string {
  return evidence.map((one) => evidenceText(one, objective)).join('; ')
}

/** What an objective leaves room for is allowed, not expected. */
export function expectedWord(objective: Incident['objective']): 'allowed' | 'expected' {
  return objective === null ? 'expected' : 'allowed'
}
