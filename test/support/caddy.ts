import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Logged, readLog } from './access_log.ts'
import type { Certificate } from './certificate.ts'
import { accepts, aFolder, freePort, startForeign, storeCertificate } from './foreign.ts'
import type { Owner } from './owner.ts'

/** A running Caddy: HTTP/1.1, HTTP/2 and HTTP/3 on one port. */
export interface Caddy {
  readonly port: number
  readonly log: () => Logged[]
}

/** Starts Caddy with a folder's files under `/live/`, for `names`. */
export async function startCaddy(
  owner: Owner,
  files: string,
  certificate: Certificate,
  names: readonly string[] = ['localhost', '127.0.0.1'],
): Promise<Caddy> {
  const folder = aFolder(owner, 'caddy')
  const port = await freePort()
  storeCertificate(folder, 'own', certificate)
  writeFileSync(
    join(folder, 'Caddyfile'),
    caddyfile(
      folder,
      files,
      names.map((name) => `https://${name}:${port}`),
    ),
  )
  await startForeign(owner, 'caddy', {
    folder,
    args: ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'],
    // It keeps its state below these.
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    ready: () => accepts(port),
  })
  return { port, log: () => readLog(join(folder, 'access.log'), loggedBy) }
}

function caddyfile(folder: string, files: string, sites: readonly string[]): string {
  return `
{
  admin off
  auto_https off
  servers {
    protocols h1 h2 h3
  }
}
${sites.join(', ')} {
  tls own.crt own.key
  log {
    output file ${folder}/access.log
    format json
  }
  handle_path /live/* {
    root * ${files}
    file_server
  }
}
`
}

/** `{"request":{"proto":"HTTP/2.0","host":..,"uri":..,"headers":{..},"tls":{"resumed":false,..}},"size":1,"status":200}` */
function loggedBy(line: Readonly<Record<string, unknown>>): Logged {
  const request = recordOf(line.request)
  const tls = recordOf(request.tls)
  const headers = recordOf(request.headers)
  const header = (name: string) => String([headers[name] ?? ''].flat()[0])
  return {
    run: header('X-Run'),
    path: String(request.uri),
    host: String(request.host),
    server_name: String(tls.server_name ?? ''),
    status: Number(line.status),
    bytes: Number(line.size),
    protocol: String(request.proto),
    resumed: tls.resumed === true,
    cmcd_session: header('Cmcd-Session'),
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
