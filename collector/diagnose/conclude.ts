import type { Diagnosis, DiagnosisCheck } from '@streamgauge/contract'

/** What the checks of one agent say together; see `Diagnosis.conclusion`. */
export function conclude(checks: readonly DiagnosisCheck[]): Diagnosis['conclusion'] {
  const node = checks.filter(({ role, runs_count }) => role === 'node' && runs_count > 0)
  const control = checks.filter(({ role, runs_count }) => role === 'control' && runs_count > 0)
  if (node.length === 0) return 'unknown'
  if (node.every(isWell)) return 'connects'
  if (!node.every((check) => isWell(check) || isDead(check))) return 'intermittent'
  const [well] = node.filter(isWell)
  // One transport connects: the agent reaches the node, whatever the control says.
  if (well !== undefined) return well.transport === 'tcp' ? 'quic' : 'tcp'
  if (control.length === 0) return 'unknown'
  return control.every(isDead) ? 'agent' : 'node'
}

function isWell(check: DiagnosisCheck): boolean {
  return check.connected_count === check.runs_count
}

function isDead(check: DiagnosisCheck): boolean {
  return check.connected_count === 0
}
