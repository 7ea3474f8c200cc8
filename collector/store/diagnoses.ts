import type { Diagnosis } from '@streamgauge/contract'
import type { Store } from './store.ts'

/** An agent that made runs to a node which show an incident. */
export interface AffectedRow {
  readonly agent_id: string
  readonly node_id: string
  readonly runs_count: number
}

type DiagnosisRow = Omit<Diagnosis, 'checks' | 'trace'> & { readonly checks: string; readonly trace: string }

/** Keeps one. Throws `STORE_UNAVAILABLE`. */
export function keepDiagnosis(store: Store, diagnosis: Diagnosis): Promise<void> {
  const { checks, trace, ...rest } = diagnosis
  const row: DiagnosisRow = { ...rest, checks: JSON.stringify(checks), trace: JSON.stringify(trace) }
  return store.insert('diagnoses', [row], diagnosis.diagnosis_id)
}

/** Those of one incident, the earliest first. Throws `STORE_UNAVAILABLE`. */
export async function listDiagnoses(
  store: Store,
  asked: { readonly incident_id: string; readonly limit: number },
): Promise<Diagnosis[]> {
  const rows = await store.read<DiagnosisRow>('diagnose/diagnoses', asked)
  return rows.map((row) => ({ ...row, checks: JSON.parse(row.checks), trace: JSON.parse(row.trace) }))
}

/** Who made the runs that show an incident, the busiest first. Throws `STORE_UNAVAILABLE`. */
export function listAffected(store: Store, measurement_ids: readonly string[]): Promise<AffectedRow[]> {
  return store.read<AffectedRow>('diagnose/affected', { measurement_ids })
}
