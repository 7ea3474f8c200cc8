import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildApp } from '@streamgauge/collector/app.ts'
import { makeLogger } from '@streamgauge/collector/command/logger.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import { keepDiagnosis } from '@streamgauge/collector/store/diagnoses.ts'
import { keepIncidents } from '@streamgauge/collector/store/steering.ts'
import type { Diagnosis, Incident } from '@streamgauge/contract'
import type { Page } from 'playwright-core'
import { v7 as uuidV7 } from 'uuid'
import { aRoute, aWebhook, startReceiver } from '../support/alert_receiver.ts'
import { aFailure, as, build, ingest, listen, tokens } from '../support/collector.ts'
import { openPage } from '../support/dashboard.ts'
import { anIncident } from '../support/incident.ts'
import { fileOwner } from '../support/owner.ts'
import { until } from '../support/process.ts'

const CONFIG = `
nodes:
  - { node_id: sin-1, name: Singapore 1, kind: center, country: SG }
  - { node_id: fra-1, name: Frankfurt 1, kind: center, country: DE }
targets:
  - { target_id: sin-1-tcp, url: 'https://sin-1.example.com/live/test.flv', node_id: sin-1, stream_id: test, transport: tcp, format: flv }
  - { target_id: sin-1-quic, url: 'https://sin-1.example.com/live/test.flv', node_id: sin-1, stream_id: test, transport: quic, format: flv }
  - { target_id: fra-1-tcp, url: 'https://fra-1.example.com/live/test.flv', node_id: fra-1, stream_id: test, transport: tcp, format: flv }
agents:
  - { agent_id: vps-bkk, country: TH, isp: AIS }
  - { agent_id: vps-fra, country: DE, isp: Telekom }
  - { agent_id: vps-ber, country: DE, isp: Vodafone }
`
const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))
const ROUND_MS = 400
const MINUTE_MS = 60_000
const HOSTILE = '<img src=x onerror="console.error(1)"> & <b>bold</b>'

/** As long as a name may be, and without a place to break it at. */
const LONG = 'W'.repeat(128)

const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString()

const shown = Array.from({ length: 15 }, () =>
  aFailure({ agent_id: 'vps-bkk', node_id: 'sin-1', target_id: 'sin-1-quic' }),
)
const cell = anIncident({
  ...{ severity: 'critical', state: 'worsening', started_at: ago(95), detected_at: ago(91) },
  scope: {
    ...{ kind: 'cell', key: 'TH/AIS' },
    where: { country: 'TH', isp: 'AIS', node_id: 'sin-1', transport: 'quic' },
  },
  summary: `TH/AIS to sin-1 over quic: 82 of 214 runs stalled ${HOSTILE}`,
  evidence: [
    { signal: 'stalled', runs_count: 214, bad_count: 82, expected_count: 6.4 },
    { signal: 'failed', runs_count: 230, bad_count: 131, expected_count: 4.6 },
  ],
  measurement_ids: shown.map((run) => run.measurement_id),
})
const agent = anIncident({
  ...{ severity: 'info', started_at: ago(12), detected_at: ago(9), agents_count: 1 },
  scope: { kind: 'agent', key: 'vps-ber', where: { agent_id: 'vps-ber' } },
  summary: 'vps-ber: 21 of 30 runs were slow to connect, 1.4 expected',
  evidence: [{ signal: 'slow', runs_count: 30, bad_count: 21, expected_count: 1.4 }],
})
const silence = anIncident({
  ...{
    severity: 'warning',
    state: 'closed',
    started_at: ago(300),
    detected_at: ago(296),
    ended_at: ago(240),
  },
  scope: { kind: 'region', key: 'VN', where: { country: 'VN' } },
  summary: 'VN: 4 of 5 agents are silent',
  ...{ score: 0, agents_count: 4, opening_excess_ratio: 0.8, excess_ratio: 0 },
  evidence: [{ signal: 'silent', runs_count: 5, bad_count: 4, expected_count: 0 }],
})
const older = anIncident({
  ...{
    severity: 'critical',
    state: 'closed',
    started_at: ago(4_330),
    detected_at: ago(4_325),
    ended_at: ago(4_200),
  },
  ...{ scope: { kind: 'isp', key: 'long', where: { isp: LONG } }, objective: 'o'.repeat(64), score: 0 },
  summary: LONG.repeat(8),
  evidence: [{ signal: 'failed', runs_count: 100, bad_count: 60, expected_count: 5 }],
})

/** What an agent found out. */
const diagnosis: Diagnosis = {
  ...{ diagnosis_id: uuidV7(), incident_id: cell.incident_id, agent_id: 'vps-bkk', conclusion: 'quic' },
  ...{ started_at: ago(90), ended_at: ago(89) },
  checks: [
    {
      ...{ role: 'node', target_id: 'sin-1-quic', node_id: 'sin-1', transport: 'quic', runs_count: 3 },
      ...{ connected_count: 0, handshake_ms: null, failure_code: 'UDP_BLOCKED', measurement_ids: [] },
    },
    {
      ...{ role: 'control', target_id: 'fra-1-tcp', node_id: 'fra-1', transport: 'tcp', runs_count: 3 },
      ...{ connected_count: 3, handshake_ms: 212.5, failure_code: null, measurement_ids: [uuidV7()] },
    },
  ],
  trace: {
    ok: true,
    trace: {
      ...{ tool: 'mtr', address: '192.0.2.7', reached: true },
      hops: [
        { hop: 1, address: '192.0.2.1', rtt_ms: [1.2, 1.1, 1.4], sent_count: 3 },
        { hop: 2, address: null, rtt_ms: [], sent_count: 3 },
        { hop: 3, address: '192.0.2.7', rtt_ms: [31.2, 30.9, 33], sent_count: 3 },
      ],
    },
  },
}

async function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** The same text with one space where there are several. */
async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ').trim()
}

describe('incidents in the dashboard of a real collector', () => {
  const owner = fileOwner()
  let collector: { url: string; token: string; viewer: string; post: (runs: number) => Promise<void> }
  before(async () => {
    const receiver = await startReceiver(owner)
    const { store, intake, book, folder } = await build(owner)
    await keepIncidents(store, [cell, agent, silence, older], Date.now())
    await keepDiagnosis(store, diagnosis)
    const alerts = {
      receivers: [aWebhook(receiver.url, 'secret-of-the-test')],
      routes: [
        aRoute(['ops'], { match: { country: ['TH', 'VN'] } }),
        aRoute(['ops'], { min_severity: 'critical', group_wait_s: 30, group_by: [] }),
      ],
      dashboard_url: null,
    }
    const app = await buildApp({
      ...{
        store,
        intake,
        rawMaxDays: 30,
        tokens: book,
        fixedTokens: tokens,
        now: Date.now,
        roundMs: ROUND_MS,
      },
      ...{ config: { ...parseConfig(CONFIG, 'test'), alerts }, logger: makeLogger('silent') },
      ...{ version: '0.0.0-test', dashboardDir: DASHBOARD, tempDir: folder, trustedProxies: [] },
      locator: new Locator([], { asn: null, country: null }),
    })
    owner.after(() => app.close())
    const url = await listen(app)
    const { token: viewer } = await book.create('viewer', 'viewer of the test', null)
    await app.inject(ingest(shown))
    collector = {
      ...{ url, token: tokens.admin, viewer },
      post: async (runs) => {
        const batch = Array.from({ length: runs }, (_, index) =>
          aFailure({
            agent_id: index % 2 === 0 ? 'vps-fra' : 'vps-ber',
            ...{ node_id: 'fra-1', target_id: 'fra-1-tcp', started_at: new Date().toISOString() },
          }),
        )
        assert.equal((await app.inject(ingest(batch))).json().accepted, runs)
      },
    }
  })
  after(() => owner.end())

  const ask = async <T>(path: string): Promise<T> =>
    (await fetch(`${collector.url}${path}`, { headers: as(tokens.admin) })).json()

  test('the list has what goes on, the worst first, what is over, and who is told', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.waitForSelector('.incidents-link .going')
    assert.equal(await textOf(page, '.incidents-link'), 'Incidents 2, worst ◆ critical')
    await page.click('.incidents-link')
    for (const shown of ['section:nth-of-type(1) tbody tr', 'section:nth-of-type(2) tbody tr', '.receivers'])
      await page.waitForSelector(shown)
    assert.deepEqual(await page.locator('h2').allInnerTexts(), [
      'Going on: 2',
      'The last 24 h: 1 over',
      'Who is told',
      'Silences',
    ])
    const going = page.locator('section').nth(0).locator('tbody tr')
    assert.match(
      await going.nth(0).innerText(),
      /critical[\s\S]*worsening[\s\S]*AIS in Thailand \(TH\) to node sin-1 over QUIC/,
    )
    const bad = (await going.nth(0).locator('td').nth(2).innerText()).replaceAll('\u00a0', ' ')
    // By hand: 82/214 is 0.38318, 6.4/214 is 0.02991; 131/230 is 0.56957, 4.6/230 is 0.02.
    assert.equal(bad, '38.3 % of 214 runs stalled, 3.0 % expected; 57.0 % of 230 runs failed, 2.0 % expected')
    assert.match(await going.nth(1).innerText(), /info[\s\S]*Agent vps-ber/)
    assert.match(
      await textOf(page, 'section:nth-of-type(2) tbody'),
      /Vietnam \(VN\).*4 of 5 agents are silent/,
    )
    await page.click('nav.choice a:text-is("7 d")')
    await page.waitForSelector('h2:text-is("The last 7 d: 2 over")')
    assert.match(
      await textOf(page, 'section:nth-of-type(2) tbody tr:nth-child(2)'),
      /60.0 % of 100 runs failed, 5.0 % allowed/,
    )
    assert.match(
      await textOf(page, 'section:nth-of-type(3)'),
      /country TH or VN .*every incident ◆ critical .*Receivers: ops \(webhook\)/,
    )
    assert.deepEqual(problems, [])
  })

  test('a page of an incident has its facts, evidence, runs and deliveries, and no markup from elsewhere', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/incidents/${cell.incident_id}`)
    await page.waitForSelector('h1:text-is("AIS in Thailand (TH) to node sin-1 over QUIC")')
    assert.ok((await textOf(page, '.summary')).endsWith(HOSTILE))
    assert.equal(await page.locator('main img').count(), 0)
    const facts = await textOf(page, '.facts')
    for (const fact of [
      /Found\? after 4 min/,
      /Excess when found\? 70.0 %/,
      /Score\? 40.5 nats/,
      /Objective\? none/,
    ])
      assert.match(facts, fact)
    const evidence = (await textOf(page, 'table.data tbody tr')).replaceAll('\u00a0', ' ')
    // Wilson, by `scipy.stats.binomtest(82, 214).proportion_ci(method='wilson')`: 0.3206 to 0.4498.
    assert.equal(evidence, 'Runs stalled 214 runs 38.3 % (82) 32.1–45.0 % 3.0 % (6.4)')
    await page.click('.facts button.what >> nth=7')
    assert.match(await textOf(page, '.definition:popover-open'), /^Score How much likelier/)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('.runs a[href*="#/measurements/"]').count(), 15)
    await page.waitForSelector('.delivery.delivered')
    await page.click('.runs a >> nth=0')
    await page.waitForSelector('.outcome-panel.failed')
    assert.deepEqual(problems, [])
  })

  test('what agents found out is told in words, with every check and the way', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/incidents/${cell.incident_id}`)
    await page.waitForSelector('.diagnosis[data-conclusion="quic"]:has-text("QUIC alone")')
    assert.match(
      await textOf(page, '.diagnosis tbody'),
      /the node itself sin-1-quic QUIC 0 of 3 — UDP_BLOCKED control: fra-1 .* 3 of 3 213 ms, n 3/,
    )
    await page.click('.diagnosis summary')
    assert.match(
      await textOf(page, '.trace tbody'),
      /2 no answer — 0 of 3 3 192.0.2.7 31.2, 30.9, 33.0 ms 3 of 3/,
    )
    assert.deepEqual(problems, [])
  })

  test('an operator acknowledges and silences; a viewer may not, and is told so', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/incidents/${cell.incident_id}`)
    await page.fill('form.change input[name="by"]', 'lek')
    await page.fill('form.change input[name="note"]', HOSTILE)
    await page.click('form.change button')
    await page.waitForSelector('p:has-text("lek looks after it since")')
    const { alerts } = await ask<{
      alerts: { incident: Incident; acknowledgement: { note: string } | null }[]
    }>('/v1/alerts')
    const kept = alerts.find(({ incident }) => incident.incident_id === cell.incident_id)
    assert.equal(kept?.acknowledgement?.note, HOSTILE)

    await page.goto(`${collector.url}/#/incidents`)
    await page.waitForSelector('table.incidents td:has-text("lek")')
    await page.fill('input[name="by"]', 'lek')
    await page.click('button:text-is("Silence")')
    await page.waitForSelector('.told.refused:has-text("INVALID_PARAMETER: match must name something")')
    await page.fill('input[name="note"]', LONG)
    await page.fill('input[name="country"]', 'th')
    await page.click('button:text-is("Silence")')
    await page.waitForSelector('section:has(h2:text-is("Silences")) td:has-text("country TH")')
    await page.click('form.end-silence button')
    await page.waitForSelector('td:text-is("ended")')
    // What was refused above is in the console too.
    assert.deepEqual(
      problems.filter((text) => !text.includes('status of 400 ')),
      [],
    )

    const looking = await openPage(t, { ...collector, token: collector.viewer }, { width: 1440 })
    await looking.page.goto(`${collector.url}/#/incidents/${cell.incident_id}`)
    await looking.page.waitForSelector('p:has-text("sign in with a token of an operator")')
    await looking.page.waitForSelector('p:has-text("lek looks after it since")')
    assert.equal(await looking.page.locator('form').count(), 0)
    assert.deepEqual(looking.problems, [])
  })

  test('what is not there, badly written, refused or out of order is told', async (t) => {
    const { page } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/incidents/${uuidV7()}`)
    await page.waitForSelector('.notice.error:has-text("NOT_FOUND")')
    await page.goto(`${collector.url}/#/incidents/%3Cb%3E`)
    await page.waitForSelector('.notice.error:has-text("INVALID_PARAMETER")')
    const refused = { code: 'FORBIDDEN', message: 'this needs role operator; yours is viewer' }
    await page.route('**/ack', (route) => route.fulfill({ status: 403, json: refused }))
    await page.goto(`${collector.url}/#/incidents/${agent.incident_id}`)
    await page.waitForSelector('.notice:has-text("No agent has looked into it")')
    await page.fill('form.change input[name="by"]', 'lek')
    await page.click('form.change button')
    await page.waitForSelector('.told.refused:has-text("FORBIDDEN: this needs role operator")')
    const away = { code: 'STORE_UNAVAILABLE', message: 'the store does not answer' }
    await page.route('**/v1/incidents?*', (route) => route.fulfill({ status: 503, json: away }))
    await page.goto(`${collector.url}/#/incidents`)
    await page.reload()
    await page.waitForFunction(() => document.querySelectorAll('.notice.error').length === 2)
    await page.unroute('**/v1/incidents?*')
    await page.click('.notice.error button >> nth=1')
    await page.click('.notice.error button >> nth=0')
    await page.waitForSelector('.notice.error', { state: 'detached' })
    assert.equal(await page.locator('section').nth(0).locator('tbody tr').count(), 2)
  })

  test('nothing is wider than the screen, in light and dark, at 390 and 1440 px', async (t) => {
    const shots = process.env.DASHBOARD_SHOTS
    const readyBy: Record<string, string> = {
      incidents: '.receivers',
      incident: '.delivery',
      long: 'h1:has-text("WWW")',
    }
    for (const width of [390, 1440]) {
      const { page, problems } = await openPage(t, collector, { width })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        for (const [name, hash] of Object.entries({
          incidents: '#/incidents?past=7d',
          incident: `#/incidents/${cell.incident_id}`,
          long: `#/incidents/${older.incident_id}`,
        })) {
          await page.goto(`${collector.url}/${hash}`)
          await page.waitForSelector(readyBy[name] ?? 'h1')
          if (name === 'incident') await page.click('.trace summary')
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

  test('an incident that opens while the page is open appears without a reload', async (t) => {
    const { page, problems } = await openPage(t, collector, { width: 1440 })
    await page.goto(`${collector.url}/#/incidents`)
    await page.waitForSelector('.link-status[data-state="live"]')
    await page.waitForSelector('h2:text-is("Going on: 2")')
    await page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''))
    await collector.post(40)
    await page.waitForSelector('td:has-text("allowed")')
    const { incidents } = await until(
      () => ask<{ incidents: Incident[] }>('/v1/incidents?state=open&state=worsening'),
      ({ incidents }) => incidents.length > 2,
      5_000,
    )
    await page.waitForSelector(`h2:text-is("Going on: ${incidents.length}")`)
    assert.match(await textOf(page, '.incidents-link'), new RegExp(`^Incidents ${incidents.length}, worst`))
    assert.ok(await page.evaluate(() => document.body.hasAttribute('data-not-reloaded')))
    assert.deepEqual(problems, [])
  })
})
