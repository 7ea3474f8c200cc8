import { ProbeFailure } from '../probe/failure.ts'

/** The status of an answer, three digits from 100 on (RFC 9110 §15). @throws ProbeFailure `HTTP_PROTOCOL` */
export function statusOf(told: unknown): number {
  const status = Number(told)
  if (Number.isInteger(status) && status >= 100 && status <= 999) return status
  throw new ProbeFailure(
    'HTTP_PROTOCOL',
    'target',
    `an answer with "${String(told).slice(0, 20)}" for a status`,
  )
}
