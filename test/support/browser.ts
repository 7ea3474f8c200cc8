import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import packed from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** What every browser test runs with: headless, as root, quiet on the network, and TCP only. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors',
]

/**
 * Starts a Chromium of its own for one test and closes it after the test.
 * `extraFlags` come after the shared ones. `CHROMIUM_PATH` names another binary than the npm package's
 * (which is for Linux only).
 */
export async function launchBrowser(t: TestContext, extraFlags: readonly string[] = []): Promise<Browser> {
  const named = process.env.CHROMIUM_PATH
  const folder = named ? null : await unpackChromium()
  const executablePath = folder ? join(folder, 'chromium') : named
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: [...flags, ...extraFlags],
    ...(folder && { env: { ...process.env, FONTCONFIG_FILE: await fontConfig(folder) } }),
  })
  t.after(() => browser.close())
  return browser
}

/**
 * The folder of the unpacked browser, made once per machine and package version. The package itself unpacks
 * in place and takes a half-written file for a finished one, so test files that start together would race:
 * each unpacks into a folder of its own, and the first to rename it wins.
 */
async function unpackChromium(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'))
  const { version } = JSON.parse(await readFile(manifest, 'utf8'))
  const folder = join(tmpdir(), `streamgauge-chromium-${version}`)
  if (existsSync(folder)) return folder
  const scratch = await mkdtemp(`${folder}-`)
  const outer = process.env.TMPDIR
  process.env.TMPDIR = scratch
  try {
    await packed.executablePath()
  } finally {
    if (outer === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = outer
  }
  try {
    await rename(scratch, folder)
  } catch (error) {
    await rm(scratch, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/**
 * The package's own font configuration names folders that are not there: Chromium then draws no text, and ends when
 * it looks for a glyph elsewhere.
 */
async function fontConfig(folder: string): Promise<string> {
  const file = join(folder, 'fonts.conf')
  const dirs = `<dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir>`
  const cache = `<cachedir>${join(folder, 'font-cache')}</cachedir>`
  // Test files that start together write the same.
  await writeFile(file, `<?xml version="1.0"?><fontconfig>${dirs}${cache}</fontconfig>\n`)
  return file
}
