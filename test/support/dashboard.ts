import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { IngestAnswer, Measurement } from '@streamgauge/contract'
import type { Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'

const MAIN = fileURLToPath(new URL('../../collector/main.ts', import.meta.url))
const TOKEN = 'dashboard-test-admin-token'

/** A real collector in a process of its own, with the embedded engine and an empty data folder. */
export interface RunningCollector {
  readonly url: string
  readonly token: string
  /** Posts measurements as an agent would; throws unless all of them are accepted. */
  readonly post: (measurements: readonly Measurement[]) => Promise<void>
  /** Asks the API as a program would. */
  readonly get: <T>(path: string) => Promise<T>
  readonly close: () => Promise<void>
}

/** Starts the collector with this configuration (YAML) on a free port; whoever starts it closes it. */
export async function startCollector(config: string): Promise<RunningCollector> {
  const folder = await mkdtemp(join(tmpdir(), 'streamgauge-dashboard-'))
  const configPath = join(folder, 'config.yaml')
  await writeFile(configPath, config)
  const child = fork(MAIN, ['serve'], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      CONFIG: configPath,
      ADMIN_TOKEN: TOKEN,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])])
  if (message === null) throw new Error(`the collector ended with code ${child.exitCode}`)
  const url = `http://127.0.0.1:${message.port}`
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  return {
    url,
    token: TOKEN,
    post: async (measurements) => {
      const body = JSON.stringify(measurements)
      const key = crypto.randomUUID()
      const request = { method: 'POST', headers: { ...headers, 'idempotency-key': key }, body }
      const response = await fetch(`${url}/v1/measurements`, request)
      const answer = (await response.json()) as IngestAnswer
      if (answer.accepted !== measurements.length) throw new Error(JSON.stringify(answer))
    },
    get: async (path) => (await fetch(`${url}${path}`, { headers })).json(),
    close: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A page of the dashboard, signed in, and what went wrong in it: console errors, exceptions, CSP violations. */
export interface OpenPage {
  readonly page: Page
  readonly problems: readonly string[]
}

/**
 * Opens the dashboard in a browser of its own. The page is held to `style-src 'self'`, which is stricter than what the
 * collector sends: the dashboard needs no inline style.
 */
export async function openPage(
  t: TestContext,
  collector: Pick<RunningCollector, 'url' | 'token'>,
  options: { readonly width: number; readonly colorScheme?: 'light' | 'dark' },
): Promise<OpenPage> {
  const { width, colorScheme = 'light' } = options
  const browser = await launchBrowser(t)
  const viewport = { width, height: width < 600 ? 844 : 900 }
  const page = await browser.newPage({ viewport, colorScheme })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.addInitScript(forbidInlineStyles)
  await page.goto(`${collector.url}/signin?token=${collector.token}`)
  return { page, problems }
}

/** Runs in the page, before anything else does. */
function forbidInlineStyles(): void {
  const observer = new MutationObserver(() => {
    if (document.head === null) return
    observer.disconnect()
    const policy = document.createElement('meta')
    policy.httpEquiv = 'Content-Security-Policy'
    policy.content = "style-src 'self'"
    document.head.prepend(policy)
  })
  observer.observe(document, { childList: true, subtree: true })
}
