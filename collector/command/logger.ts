import { type Logger, pino } from 'pino'

/** JSON lines on standard error; standard output is for people and exports. */
export function makeLogger(level: string): Logger {
  return pino({ level }, pino.destination({ dest: 2, sync: false }))
}
