import { createHash } from 'node:crypto'

/** This agent's own place within `spreadMs` for one assignment: always the same, and even over many agents. */
export function offsetOf(agentId: string, assignmentId: string, spreadMs: number): number {
  if (spreadMs <= 0) return 0
  const digest = createHash('sha256').update(`${agentId}\n${assignmentId}`).digest()
  return digest.readUInt32BE(0) % spreadMs
}
