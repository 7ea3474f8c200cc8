import type { DiagnosisCheck, FailureCode, Measurement, Target } from '@streamgauge/contract'

/** What connects to one target came to. */
export function checkOf(
  role: DiagnosisCheck['role'],
  target: Target,
  runs: readonly Measurement[],
): DiagnosisCheck {
  const failed = runs.flatMap(({ failure_code }) => failure_code ?? [])
  const times = runs.flatMap(({ failure_code, handshake_ms }) =>
    failure_code === null && handshake_ms !== null ? [handshake_ms] : [],
  )
  return {
    role,
    target_id: target.target_id,
    node_id: target.node_id,
    transport: target.transport,
    runs_count: runs.length,
    connected_count: runs.length - failed.length,
    handshake_ms: middle(times),
    failure_code: commonest(failed),
    measurement_ids: runs.map(({ measurement_id }) => measurement_id),
  }
}

function middle(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null
}

function commonest(codes: readonly FailureCode[]): FailureCode | null {
  const counts = Map.groupBy(codes, (code) => code)
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? null
}
