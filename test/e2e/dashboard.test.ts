import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Measurement, Overview } from '@streamgauge/contract'
import type { Page } from 'playwright-core'
import { estimateAside, estimateText } from '../../dashboard/figures/estimate.ts'
import { OVERVIEW_METRICS } from '../../dashboard/figures/metrics.ts'
import { openPage, type RunningCollector, startCollector } from '../support/dashboard.ts'
import { sentMeasurement } from '../support/measurement.ts'

const CONFIG = `
nodes:
  - { node_id: sin-1, name: Singapore 1, kind: center, country: SG, latitude: 1.35, longitude: 103.82 }
  - { node_id: lab, name: Lab, kind: edge, country: ZZ }
targets:
  - { target_id: sin-1-tcp, url: 'https://sin-1.example.com/live/test.flv', node_id: sin-1, stream_id: test, transport: tcp, format: flv }
  - { target_id: sin-1-quic, url: 'https://sin-1.example.com/live/test.flv', node_id: sin-1, stream_id: test, transport: quic, format: flv }
  - { target_id: lab-tcp, url: 'https://lab.example.com/live/test.flv', node_id: lab, stream_id: test, transport: tcp, format: flv }
agents:
  - { agent_id: vps-bkk, country: TH, isp: AIS, latitude: 13.75, longitude: 100.5 }
`

const SIN = { agent_id: 'vps-bkk', node_id: 'sin-1' }
const QUIC = { transport: 'quic', http_version: '3', connect_ms: null, tls_ms: null } as const
const MINUTE_MS = 60_000

function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE_MS).toISOString()
}

/** Twenty pairs within the hour; QUIC connects in half the time; every fifth QUIC run is blocked. */
function history(): readonly Measurement[] {
  return Array.from({ length: 20 }, (_, index) => {
    const started_at = minutesAgo(50 - index * 2)
    const stalls = index % 4 === 0 ? [{ at_ms: 4_000, length_ms: 500 }] : []
    const played = { stalls, stall_ms: stalls.length * 500, played_ms: 9_000 }
    const series = { buffer_series_ms: [900, 1_100, 1_000], throughput_series_bps: [3e6, 2e6, 2e6] }
    const rest = { ...SIN, ...played, ...series, started_at, media_bitrate_bps: 2e6 }
    const tcp = sentMeasurement({ ...rest, target_id: 'sin-1-tcp', handshake_ms: 80 + (index % 5) })
    const quic = sentMeasurement({
      ...rest,
      ...QUIC,
      target_id: 'sin-1-quic',
      handshake_ms: 40 + (index % 5),
    })
    return [tcp, index % 5 === 4 ? blocked(started_at) : quic]
  }).flat()
}

function blocked(started_at: string): Measurement {
  const nothing = { http_version: null, handshake_ms: null, first_frame_ms: null, startup_ms: null }
  const unplayed = {
    played_ms: null,
    stall_ms: null,
    stall_count: null,
    stall_max_ms: null,
    tls_version: null,
  }
  const failure = { failure_code: 'UDP_BLOCKED', failure_source: 'path' } as const
  return sentMeasurement({
    ...{ ...SIN, ...QUIC, ...nothing, ...unplayed, ...failure },
    ...{ target_id: 'sin-1-quic', started_at, wall_ms: 5_000 },
  })
}

async function rowText(page: Page, target: string, metric: string): Promise<string> {
  const cell = page.locator(`tr[data-target="${target}"] td[data-metric="${metric}"]`)
  return (await cell.innerText()).replace(/\s+/g, ' ').trim()
}

async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab')
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
  }
  assert.fail(`Tab does not reach ${selector}`)
}

async function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

describe('the dashboard on a real collector', () => {
  let collector: RunningCollector
  before(async () => {
    collector = await startCollector(CONFIG)
    await collector.post(history())
  })
  after(() => collector?.close())

  test('the table says what the API says', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('tr[data-target="sin-1-quic"]')
    const overview = await collector.get<Overview>('/v1/reports/overview')
    assert.equal(overview.rows.length, 2)
    for (const row of overview.rows) {
      for (const metric of OVERVIEW_METRICS) {
        const text = estimateText(metric, row[metric])
        const expected = `${text.value} ${estimateAside(text)}`.replace(/\s+/g, ' ')
        assert.equal(await rowText(page, row.target_id, metric), expected)
      }
    }
    // By hand: 80 to 84 four times each: the median is 82. 16 of 20 QUIC runs went well.
    assert.match(await rowText(page, 'sin-1-tcp', 'handshake_ms'), /^82 ms /)
    assert.match(await rowText(page, 'sin-1-quic', 'success_ratio'), /^80\.0 % .*n 20$/)
    assert.equal(await rowText(page, 'lab-tcp', 'handshake_ms'), '—')
    assert.deepEqual(problems, [])
  })

  test('a measurement posted while the page is open appears without a reload and without moving the focus', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('.link-status[data-state="live"]')
    const link = page.locator('tr[data-target="lab-tcp"] a.transport')
    await link.focus()
    await page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''))
    const posted = sentMeasurement({
      agent_id: 'vps-bkk',
      node_id: 'lab',
      target_id: 'lab-tcp',
      handshake_ms: 17,
    })
    await collector.post([posted])
    await page.waitForSelector(`.feed a[href$="${posted.measurement_id}"]`)
    await page.waitForSelector(`tr[data-target="lab-tcp"] a[href$="${posted.measurement_id}"]`)
    const cell = page.locator('tr[data-target="lab-tcp"] td[data-metric="handshake_ms"] .value', {
      hasText: '17',
    })
    await cell.waitFor()
    assert.equal(await rowText(page, 'lab-tcp', 'handshake_ms'), '17 ms n 1')
    assert.ok(await page.evaluate(() => document.body.hasAttribute('data-not-reloaded')))
    assert.ok(await link.evaluate((element) => element === document.activeElement))
    assert.deepEqual(problems, [])
  })

  test('the keyboard alone leads to a target, to a measurement, and back', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('tr[data-target="sin-1-quic"]')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content')
    await tabTo(page, '.map-host')
    await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('.map-tip').innerText(), /Singapore 1[\s\S]*runs failed/)
    await tabTo(page, 'tr[data-target="sin-1-quic"] a.transport')
    await page.keyboard.press('Enter')
    await page.waitForSelector('h1:text-is("sin-1-quic")')
    await page.waitForSelector('svg.plot')
    await page.waitForSelector('.verdict')
    await tabTo(page, 'table.latest a')
    await page.keyboard.press('Enter')
    await page.waitForSelector('svg.waterfall')
    assert.match(page.url(), /#\/measurements\/[0-9a-f-]{36}$/)
    await page.goBack()
    await page.waitForSelector('h1:text-is("sin-1-quic")')
    assert.equal(await page.locator('svg style').count(), 0)
    assert.deepEqual(problems, [])
  })

  test('a failed run says where it ended and who is to blame', async (t) => {
    const { page } = await openPage(t, collector, { width: 1440 })
    const failed = await collector.get<{ measurements: Measurement[] }>(
      '/v1/measurements?failure=any&limit=1',
    )
    await page.goto(`${collector.url}/#/measurements/${failed.measurements[0]?.measurement_id}`)
    await page.waitForSelector('.outcome-panel.failed')
    const panel = await page.locator('.outcome-panel').innerText()
    assert.match(panel, /UDP_BLOCKED \(path\)[\s\S]*The fault lies with the path between agent and target/)
    assert.match(
      (await page.locator('svg.waterfall .ended text').textContent()) ?? '',
      /UDP_BLOCKED at 5,000.ms/,
    )
  })

  test('an error shows its code and message, and trying again gets over it', async (t) => {
    const { page } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('tr[data-target="sin-1-quic"]')
    // The page asks again by itself whenever something is measured: that is refused too, until the button is pressed.
    await page.evaluate(
      "addEventListener('click', ({ target }) => { pressed = target.textContent }, { capture: true })",
    )
    await page.route('**/v1/reports/overview*', async (route) =>
      (await page.evaluate("globalThis.pressed === 'Try again'"))
        ? route.continue()
        : route.fulfill({ status: 503, json: { code: 'STORE_AWAY', message: 'The store does not answer.' } }),
    )
    await page.click('nav.windows a:text-is("6 h")')
    await page.waitForSelector('.notice.error:has-text("STORE_AWAY"):has-text("The store does not answer.")')
    await page.click('.notice.error button')
    await page.waitForSelector('.notice.error', { state: 'detached' })
    assert.match(await page.locator('.totals').innerText(), /in the last 6 h/)
  })

  test('a signed-out page goes to the sign-in page', async (t) => {
    const { page } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('tr[data-target="sin-1-quic"]')
    await page.context().clearCookies()
    await page.click('nav.windows a:text-is("24 h")')
    await page.waitForSelector('input[name="token"]')
  })

  test('nothing is wider than the screen, in light and dark, at 390 and 1440 px', async (t) => {
    const shots = process.env.DASHBOARD_SHOTS ?? (await mkdtemp(join(tmpdir(), 'streamgauge-shots-')))
    const { measurements } = await collector.get<{ measurements: Measurement[] }>(
      '/v1/measurements?target_id=sin-1-tcp&limit=1',
    )
    const pages = {
      overview: { hash: '#/', ready: 'tr[data-target="sin-1-quic"]' },
      target: { hash: '#/targets/sin-1-quic', ready: 'svg.plot' },
      measurement: { hash: `#/measurements/${measurements[0]?.measurement_id}`, ready: 'svg.timeline' },
    }
    for (const width of [390, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, problems } = await openPage(t, collector, { width, colorScheme })
        for (const [name, { hash, ready }] of Object.entries(pages)) {
          await page.goto(`${collector.url}/${hash}`)
          await page.waitForSelector(ready)
          assert.equal(await overflowPx(page), 0, `${name} at ${width} px`)
          await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
        }
        assert.deepEqual(problems, [])
      }
    }
    t.diagnostic(`screenshots are in ${shots}`)
  })
})
