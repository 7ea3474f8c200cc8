import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { LabError } from '../error.ts'
import type { Lab } from '../lab.ts'

const AGENT = fileURLToPath(import.meta.resolve('@streamgauge/agent/main.ts'))
const PORT = 8443

/** The streams of a lab, and the authority their certificate is signed by. */
export interface Streams {
  readonly urls: readonly string[]
  readonly ca_file: string
}

/**
 * Starts a live stream on each of `hosts`, all with one authority.
 * @throws LabError `COMMAND_FAILED` when one does not come up
 */
export async function startOrigins(
  lab: Lab,
  hosts: readonly string[],
  data_dir: string,
  congestion: string,
): Promise<Streams> {
  const names = hosts.flatMap((name) => ['--name', name, '--name', lab.host(name).address])
  const urls: string[] = []
  let ca_file = ''
  // One after the other: the first makes the certificate, the others find it.
  for (const name of hosts) {
    const { address } = lab.host(name)
    const options = [
      '--host',
      address,
      '--port',
      `${PORT}`,
      '--data-dir',
      data_dir,
      '--congestion',
      congestion,
    ]
    const child = lab.host(name).fork(AGENT, ['origin', ...options, ...names], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Ctrl-C at a terminal is for the command, not for these.
      detached: true,
    })
    const [ready]: ({ ca_file: string } | number | null)[] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit'),
    ])
    if (typeof ready !== 'object' || ready === null)
      throw new LabError('COMMAND_FAILED', `the origin on ${name} ended before it was ready`)
    ca_file = ready.ca_file
    urls.push(`https://${address}:${PORT}/live/test.flv`)
  }
  return { urls, ca_file }
}
