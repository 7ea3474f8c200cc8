import type { Connection } from '../connect/connection.ts'
import { ProbeFailure } from '../probe/failure.ts'
import type { Pull } from './pull.ts'

/**
 * One GET of the run; every chunk is reported with the moment it arrived. Stops with the run.
 * @throws ProbeFailure `HTTP_STATUS` for anything but 200
 */
export async function request(
  pull: Pull,
  connection: Connection,
  url: URL,
  data: (bytes: Uint8Array, atMs: number) => void,
): Promise<void> {
  const { run, signal } = pull
  const stop = () => connection.close()
  signal.throwIfAborted()
  signal.addEventListener('abort', stop, { once: true })
  run.requested()
  try {
    await connection.get(`${url.pathname}${url.search}`, {
      head(status) {
        run.answered(status)
        if (status !== 200) throw new ProbeFailure('HTTP_STATUS', 'target', `the server answered ${status}`)
      },
      data: (bytes) => data(bytes, run.received(bytes)),
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
  // Closing a connection ourselves can look like a clean end.
  signal.throwIfAborted()
}
