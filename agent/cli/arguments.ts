/** What the person at the keyboard got wrong; ends the program with exit code 2. */
export class UsageError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A subcommand: takes its arguments, returns the exit code. @throws UsageError */
export type Command = (args: readonly string[]) => Promise<number>

/** Seconds as typed, as ms. @throws UsageError outside `[min, max]` seconds */
export function secondsOf(text: string, name: string, min: number, max: number): number {
  const seconds = Number(text)
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < min || seconds > max)
    throw new UsageError('BAD_ARGUMENT', `${name} takes ${min} to ${max} seconds, not "${text}"`)
  return Math.round(seconds * 1_000)
}

/** One of a closed list. @throws UsageError */
export function oneOf<const T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text)
  if (found === undefined)
    throw new UsageError('BAD_ARGUMENT', `${name} takes ${allowed.join(', ')}, not "${text}"`)
  return found
}
