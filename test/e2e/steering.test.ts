import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { keepDecisions } from '@streamgauge/collector/store/steering.ts'
import type { DecisionList, SteeringTable } from '@streamgauge/contract'
import type { Page } from 'playwright-core'
import { v7 as uuidV7 } from 'uuid'
import { aMeasurement, as, build, ingest, listen, tokens } from '../support/collector.ts'
import { openPage } from '../support/dashboard.ts'
import { aDecision } from '../support/decision.ts'
import { fileOwner } from '../support/owner.ts'
import { until } from '../support/process.ts'

const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))
const NODES = ['fra', 'sin', 'sto']
const CONFIG = `
nodes:
  - { node_id: fra, name: Frankfurt, kind: center, country: DE, latitude: 50.1, longitude: 8.7, capacity_bps: 1000000000 }
  - { node_id: sin, name: Singapore, kind: center, country: SG, latitude: 1.35, longitude: 103.8, capacity_bps: 9000000000 }
  - { node_id: sto, name: Stockholm, kind: center, country: SE, latitude: 59.3, longitude: 18.1, capacity_bps: 1000000000 }
targets:
${NODES.map((node) => `  - { target_id: ${node}-tcp, url: 'https://${node}.example/live/main.flv', node_id: ${node}, stream_id: main, transport: tcp, format: flv }`).join('\n')}
agents:
  - { agent_id: th-1, country: TH, isp: AIS, latitude: 13.7, longitude: 100.5 }
  - { agent_id: de-1, country: DE, isp: DT, latitude: 52.5, longitude: 13.4 }
steering:
  demand: [{ country: TH, isp: AIS, bps: 2500000000 }, { country: DE, isp: DT, bps: 400000000 }]
`
const DELAYS = {
  'th-1': { fra: 400, sin: 60, sto: 420 },
  'de-1': { fra: 20, sin: 1_800, sto: 800 },
} as const
const HOSTILE = '<img src=x onerror="console.error(1)">'
const NARROW = 390

/** Ten runs of both agents to every node, made just now. */
const runs = Object.entries(DELAYS).flatMap(([agent_id, delays]) =>
  Object.entries(delays).flatMap(([node_id, handshake_ms]) =>
    Array.from({ length: 10 }, () =>
      aMeasurement({
        ...{ agent_id, node_id, target_id: `${node_id}-tcp`, started_at: new Date().toISOString() },
        ...{ handshake_ms, startup_ms: 2 * handshake_ms, played_ms: 9_000, stall_ms: 0 },
      }),
    ),
  ),
)
const hurt = aDecision({
  ...{
    country: 'VN',
    isp: 'Viettel',
    motive: 'better',
    decided_at: new Date(Date.now() - 7_200_000).toISOString(),
  },
  ...{ reason: `sin costs less ${HOSTILE}`, verdict: 'hurt', incident_id: uuidV7() },
  effect: { pairs_count: 12, gain: -0.1234, low: -0.2, high: -0.05 },
  from: {
    cost: 0.214,
    expected: { success_ratio: 0.9, stall_ratio: 0.104, handshake_ms: 212, startup_ms: 480, runs: 12.34 },
  },
})
const takenBack = aDecision({
  ...{ country: 'VN', isp: 'Viettel', motive: 'hurt', from_node_id: 'sin', to_node_id: 'fra' },
  ...{ decided_at: new Date(Date.now() - 7_100_000).toISOString(), reason: 'the move there hurt' },
})

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ').trim()
}

async function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

describe('steering in the dashboard of a real collector', () => {
  const owner = fileOwner()
  const row = (name: string) => `.steering tbody tr:has-text("${name}")`
  let collector: { url: string; token: string; viewer: string }
  const ask = async <T>(path: string): Promise<T> =>
    (await fetch(`${collector.url}${path}`, { headers: as(tokens.admin) })).json()
  const put = async (path: string, body: object) => {
    const headers = { ...as(tokens.admin), 'content-type': 'application/json' }
    return fetch(`${collector.url}${path}`, { method: 'PUT', headers, body: JSON.stringify(body) })
  }
  before(async () => {
    const config = parseConfig(CONFIG, 'test.yaml')
    const { app, store, book } = await build(owner, { config, roundMs: 1_000, dashboardDir: DASHBOARD })
    await keepDecisions(store, [hurt, takenBack], Date.now())
    const url = await listen(app)
    assert.equal((await app.inject(ingest(runs))).json().accepted, runs.length)
    const { token: viewer } = await book.create('viewer', 'viewer of the test', null)
    collector = { url, token: tokens.admin, viewer }
    await until(
      () => ask<Partial<SteeringTable>>('/v1/steering'),
      ({ cells = [] }) =>
        cells.some(
          ({ isp, decision_id, targets }) =>
            isp === 'AIS' && decision_id !== null && targets[0]?.expected != null,
        ),
      20_000,
    )
  })
  after(() => owner.end())

  test('the table says where everybody is sent, by which figures, and finds cells', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.click('.links a:text-is("Steering")')
    await page.waitForSelector(row('AIS in Thailand'))
    // Of every run: no failure, no stall, 60 ms until the connection and 120 ms until the picture: 0.02 x 0.06 + 0.02 x 0.12.
    assert.match(
      (await textOf(page, row('AIS in Thailand'))).replaceAll('\u00a0', ' '),
      /^AIS in Thailand \(TH\) sin for \d+ s · why AIS in Thailand \(TH\) is sent there 0\.004 100 % 0 % 60 ms 120 ms (9\.\d|10\.0) fra, sto 3 of 3 well$/,
    )
    await page.click(`${row('AIS in Thailand')} summary`)
    assert.match(
      await textOf(page, `${row('AIS in Thailand')} li`),
      /^fra: cost 0\.024, stalls 0 %, connect 400 ms, n \d/,
    )
    await page.fill('.toolbar input', 'dt germany')
    await page.waitForSelector('.toolbar output:text-is("1 of 5")')
    assert.match(await textOf(page, '.steering tbody'), /^DT in Germany \(DE\) fra /)
    assert.match(page.url(), /#\/steering\?find=dt\+germany$/)
    await page.reload()
    await page.waitForSelector('.toolbar output:text-is("1 of 5")')
    // The link at the top leads to all of them.
    await page.click('.links a:text-is("Steering")')
    await page.waitForSelector('.toolbar output:text-is("5 of 5")')
    assert.equal(await page.inputValue('.toolbar input'), '')
    await page.fill('.toolbar input', 'nowhere at all')
    await page.waitForSelector('.notice:has-text("No cell is like that")')
    assert.deepEqual(problems, [])
  })

  test('what would not survive a loss is told with its numbers', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/steering`)
    // By hand: without sin 2.5 Gbit/s of TH/AIS have to go where there is room for 0.6 and 1.0.
    await page.waitForSelector('h3:text-is("Nodes whose loss would strand viewers")')
    assert.equal(
      (await textOf(page, 'section:has(h3) table tbody')).replaceAll('\u00a0', ' '),
      'sin 2 1: AIS in Thailand (TH) 2.5 Gbit/s',
    )
    assert.deepEqual(problems, [])
  })

  test('decisions are told with their verdicts, and one with the numbers it was made from', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/decisions?which=hurt`)
    await page.waitForSelector('.decisions tbody tr')
    assert.match(
      (await textOf(page, '.decisions tbody')).replaceAll('\u00a0', ' '),
      /^\S+ \S+ UTC Viettel in Vietnam \(VN\) fra sin better elsewhere 0\.214 → 0\.100 ▼ hurt −0\.123 \(−0\.200 to −0\.050\), n 12$/,
    )
    await page.click('.decisions tbody a')
    await page.waitForSelector('h1:text-is("Viettel in Vietnam (VN): fra → sin")')
    assert.ok((await textOf(page, '.summary')).endsWith(HOSTILE))
    assert.equal(await page.locator('main img').count(), 0)
    assert.match(
      (await textOf(page, 'section:has(h2:text-is("The numbers it was made from")) tbody')).replaceAll(
        '\u00a0',
        ' ',
      ),
      /^from fra 0\.214 90\.0 % 10\.4 % 212 ms 480 ms 12\.3 to sin 0\.100 — — — — not measured$/,
    )
    // What took it back stands beside it.
    const others = 'section:has(h2:text-is("Other decisions about these viewers")) tbody'
    await page.waitForSelector(`${others} tr:nth-child(2)`)
    assert.match(await textOf(page, others), /sin fra taken back .* not judged/)
    assert.equal(
      (await fetch(`${collector.url}/v1/decisions/${uuidV7()}`, { headers: as(tokens.admin) })).status,
      404,
    )
    assert.deepEqual(problems, [])
  })

  test('operators pin and drain; who was slower is told, and sees what holds', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/steering`)
    await page.click('summary:text-is("Send viewers to one node, whatever is measured")')
    const form = page.locator('form.change').first()
    await form.locator('[name=cell]').fill('DE/DT')
    await form.locator('[name=node]').fill('sto')
    await form.locator('[name=by]').fill('lek')
    await form.locator('button').click()
    await page.waitForSelector('td:text-is("DE/DT goes to sto")')
    await page.waitForSelector(`${row('DT in Germany')} .badge:text-is("pinned")`)
    assert.match(await textOf(page, row('DT in Germany')), /^DT in Germany \(DE\) sto ?pinned/)
    // Somebody else says otherwise; this page does not know yet.
    const path = '/v1/steering/overrides/DE%2FDT'
    assert.equal((await put(path, { node_id: 'sin', by: 'nok', revision: 1 })).status, 200)
    await form.locator('[name=cell]').fill('DE/DT')
    await form.locator('[name=node]').fill('fra')
    await form.locator('[name=by]').fill('lek')
    await form.locator('button').click()
    await page.waitForSelector('.told.refused:has-text("CONFLICT")')
    await page.waitForSelector('td:text-is("DE/DT goes to sin")')
    await page.click('td summary:has-text("Take back")')
    await page.locator('.take-back [name=by]').fill('lek')
    await page.click('.take-back button')
    await page.waitForSelector('.notice:has-text("Operators say nothing")')

    const decisions = await openPage(t, collector, { width: 1440 })
    await decisions.page.goto(`${collector.url}/#/decisions?find=DE/DT`)
    await decisions.page.waitForSelector('.decisions tbody tr')
    await page.click('summary:text-is("Send nobody to a node")')
    const drain = page.locator('form.change').nth(1)
    await drain.locator('[name=node]').fill('sin')
    await drain.locator('[name=by]').fill('lek')
    await drain.locator('button').click()
    await page.waitForSelector('td:text-is("nobody goes to sin")')
    // The other reader sees it without a reload.
    await decisions.page.waitForSelector('.decisions tbody tr:has-text("gone")')
    const { decisions: made } = await ask<DecisionList>(
      '/v1/decisions?country=DE&isp=DT&node_id=sin&verdict=none',
    )
    assert.deepEqual(
      made.map(({ motive }) => motive),
      ['gone', 'pinned'],
    )
    assert.equal(
      (await put('/v1/steering/drains/sin', { drained: false, by: 'nok', revision: 1 })).status,
      200,
    )
    // A browser tells its console of each answer that is an error: here of the one that was looked for.
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('409')),
      [],
    )
    assert.deepEqual(decisions.problems, [])
  })

  test('a viewer is offered no change', async (t) => {
    const viewer = { url: collector.url, token: collector.viewer }
    const { page, problems } = await openPage(t, viewer, { width: 1440 })
    await page.goto(`${collector.url}/#/steering`)
    await page.waitForSelector('p:has-text("sign in with a token of an operator or an admin")')
    assert.equal(await page.locator('main form').count(), 0)
    assert.deepEqual(problems, [])
  })

  test('pages fit narrow and wide, light and dark', async (t) => {
    const shots = process.env.DASHBOARD_SHOTS
    const pages = [
      ['steering', '#/steering', '.steering tbody tr'],
      ['decisions', '#/decisions', '.decisions tbody tr'],
      ['decision', `#/decisions/${hurt.decision_id}`, '.decisions tbody tr:nth-child(2)'],
    ] as const
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, problems } = await openPage(t, collector, { width: 1440, colorScheme })
      for (const width of [1440, NARROW]) {
        await page.setViewportSize({ width, height: 900 })
        for (const [name, hash, shown] of pages) {
          await page.goto(`${collector.url}/${hash}`)
          await page.waitForSelector(shown)
          assert.equal(await overflowPx(page), 0, `${name} at ${width} px`)
          if (shots !== undefined)
            await page.screenshot({
              path: join(shots, `${name}-${width}-${colorScheme}.png`),
              fullPage: true,
            })
        }
      }
      assert.deepEqual(problems, [])
    }
  })
})
