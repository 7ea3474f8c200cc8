import { CollectorError } from '../../error.ts'

/** The member at `index`, counted round and round. Throws `WORLD_INVALID` on an empty list. */
export function pick<T>(list: readonly T[], index: number): T {
  const found = list[Math.floor(index) % list.length]
  if (found === undefined) throw new CollectorError('WORLD_INVALID', 'nothing to choose from')
  return found
}
