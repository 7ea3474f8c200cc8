import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COLLECTOR = fileURLToPath(import.meta.resolve('@streamgauge/collector/main.ts'))

/** Fills a store with `rows` runs of the simulated world over the last `days` days, unless `folder` holds them from before. */
export async function fill(folder: string, rows: number, days = 30): Promise<void> {
  const mark = join(folder, `filled-${rows}`)
  if (existsSync(mark)) return
  mkdirSync(folder, { recursive: true })
  const to = Date.now()
  const times = ['--from', iso(to - days * 86_400_000), '--to', iso(to)]
  const options = ['--incidents', 'none', '--resume', join(folder, `resume-${rows}`)]
  const child = spawn(
    process.execPath,
    [COLLECTOR, 'simulate', '--data-dir', folder, '--rows', String(rows), ...times, ...options],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the store could not be filled: exit code ${code}`)
  writeFileSync(mark, iso(to))
}

/** A collector on that store. */
export async function serve(folder: string, tokens: { admin: string; agent: string }) {
  const child = spawn(process.execPath, [COLLECTOR, 'serve'], {
    env: {
      PATH: process.env.PATH,
      DATA_DIR: folder,
      PORT: '0',
      ADMIN_TOKEN: tokens.admin,
      AGENT_TOKEN: tokens.agent,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = await once(child, 'message')
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url: new URL(`http://127.0.0.1:${message.port}`), pid: child.pid ?? 0, stop }
}

/** Sends runs of the same world over HTTP in real time, `rate` a second, until stopped; then says how many were taken a second. */
export function ingest(url: URL, token: string, rate: number) {
  const child = spawn(
    process.execPath,
    [
      COLLECTOR,
      'simulate',
      ...['--collector', url.href, '--token', token, '--rate', String(rate)],
      ...['--incidents', 'none', '--from', iso(Date.now() - 25_000)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let output = ''
  child.stderr?.on('data', (chunk) => (output += String(chunk)))
  return async (): Promise<number> => {
    child.kill('SIGTERM')
    await once(child, 'exit')
    const [, told = 'NaN'] = /, (\d+) a second\s*$/.exec(output) ?? []
    return Number(told)
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
