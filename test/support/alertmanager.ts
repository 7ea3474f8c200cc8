import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accepts, aFolder, freePort, startForeign } from './foreign.ts'
import type { Owner } from './owner.ts'

/** An alert as Alertmanager's API v2 shows it. */
export interface ShownAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
}

/**
 * Starts an Alertmanager that groups by country and tells a webhook of everything after a second.
 * @param webhook where it says what it makes of it
 */
export async function startAlertmanager(owner: Owner, webhook: string) {
  const folder = aFolder(owner, 'alertmanager')
  const port = await freePort()
  writeFileSync(join(folder, 'alertmanager.yml'), configuration(webhook))
  await startForeign(owner, 'prometheus-alertmanager', {
    folder,
    args: [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    ready: () => accepts(port),
  })
  const url = `http://127.0.0.1:${port}`
  const get = async <T>(path: string): Promise<T> => (await fetch(`${url}/api/v2/${path}`)).json()
  return {
    url,
    alerts: () => get<ShownAlert[]>('alerts'),
    groups: () => get<{ labels: Record<string, string>; alerts: ShownAlert[] }[]>('alerts/groups'),
  }
}

function configuration(webhook: string): string {
  return `
route:
  receiver: test
  group_by: [country]
  group_wait: 500ms
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: test
    webhook_configs:
      - url: ${webhook}
        send_resolved: true
`
}
