import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Logged, readLog } from './access_log.ts'
import type { Certificate } from './certificate.ts'
import { accepts, aFolder, freePort, startForeign, storeCertificate } from './foreign.ts'
import type { Owner } from './owner.ts'

/** A running nginx. */
export interface Nginx {
  readonly log: () => Logged[]
}

/**
 * Starts nginx with the `server` blocks given. `own.crt` and `own.key` are `certificates.own`, and so on.
 * @param port one that it listens on over TCP
 */
export async function startNginx(
  owner: Owner,
  port: number,
  servers: string,
  certificates: Readonly<Record<string, Certificate>>,
): Promise<Nginx> {
  const folder = aFolder(owner, 'nginx')
  for (const [name, certificate] of Object.entries(certificates)) storeCertificate(folder, name, certificate)
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, servers))
  await startForeign(owner, 'nginx', {
    folder,
    args: ['-p', folder, '-e', 'error.log', '-c', join(folder, 'nginx.conf')],
    ready: () => accepts(port),
  })
  return { log: () => readLog(join(folder, 'access.log'), loggedBy) }
}

/** As many free ports as asked for, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

function configuration(folder: string, servers: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/mp4 mp4 m4s; }
  log_format lines escape=json '{"run":"$http_x_run","path":"$request_uri","host":"$host",'
    '"server_name":"$ssl_server_name","status":$status,"bytes":$body_bytes_sent,"protocol":"$server_protocol",'
    '"resumed":"$ssl_session_reused","cmcd_session":"$http_cmcd_session"}';
  access_log ${folder}/access.log lines;
  ${servers}
}
`
}

function loggedBy(line: Readonly<Record<string, unknown>>): Logged {
  return {
    run: String(line.run),
    path: String(line.path),
    host: String(line.host),
    server_name: String(line.server_name),
    status: Number(line.status),
    bytes: Number(line.bytes),
    protocol: String(line.protocol),
    resumed: line.resumed === 'r',
    cmcd_session: String(line.cmcd_session),
  }
}
