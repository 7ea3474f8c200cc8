import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tempDir } from '../../support/collector.ts'
import { freePort, runCollector } from '../../support/collector_process.ts'

/** A stand-in for the agent's program: an origin that is ready at once, and `run` as the test wants it. */
async function startWith(t: TestContext, run: string) {
  const folder = await tempDir(t)
  const agent = join(folder, 'agent.mjs')
  await writeFile(join(folder, 'ca.pem'), 'PEM')
  await writeFile(
    agent,
    `import { appendFileSync } from 'node:fs'
process.on('disconnect', () => process.exit(0))
const log = ${JSON.stringify(join(folder, 'log'))}
appendFileSync(log, process.argv.slice(2).join(' ') + (process.env.STREAMGAUGE_TOKEN ? ' token' : '') + '\\n')
if (process.argv[2] === 'origin') {
  process.send({ type: 'ready', port: 9, ca_file: ${JSON.stringify(join(folder, 'ca.pem'))} })
  setInterval(() => {}, 1000)
} else { ${run} }`,
  )
  await chmod(agent, 0o755)
  const PORT = String(await freePort())
  const env = {
    DATA_DIR: join(folder, 'data'),
    PORT,
    ORIGIN_PORT: '0',
    STREAMGAUGE_AGENT: agent,
    LOG_LEVEL: 'warn',
  }
  const log = async () => (existsSync(join(folder, 'log')) ? readFile(join(folder, 'log'), 'utf8') : '')
  return { ...runCollector(t, ['start'], env), log, port: PORT, folder }
}

test('start runs an origin, a collector and an agent that has a token, and says where they are', async (t) => {
  const { child, ended, output, log, port, folder } = await startWith(t, 'setInterval(() => {}, 1000)')
  while (!(await log()).includes('run ')) await sleep(50)
  const [origin, agent] = (await log()).split('\n')
  assert.equal(origin, `origin --port 0 --host 127.0.0.1 --data-dir ${folder}/data/origin`)
  assert.equal(
    agent,
    `run --collector http://127.0.0.1:${port} --agent-id local --data-dir ${folder}/data/agent token`,
  )
  while (!output().includes('Ctrl-C')) await sleep(50)
  assert.match(output(), new RegExp(`dashboard +http://127\\.0\\.0\\.1:${port}/signin\\?token=sg_\\S+\n`))
  const token = (await readFile(join(folder, 'data/agent-token'), 'utf8')).trim()
  const headers = { authorization: `Bearer ${token}`, 'x-agent-id': 'local' }
  const set = await (await fetch(`http://127.0.0.1:${port}/v1/assignments`, { headers })).json()
  assert.equal(set.assignments.length, 2)
  assert.equal(set.assignments[0].targets[0].url, 'https://127.0.0.1:9/live/test.flv')
  assert.equal(set.assignments[0].targets[0].ca_pem, 'PEM')
  const began = Date.now()
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
  assert.ok(Date.now() - began < 5_000)
})

test('a child that dies is started again', async (t) => {
  const { log, output } = await startWith(t, 'process.exit(1)')
  while ([...(await log()).matchAll(/^run /gm)].length < 2) await sleep(50)
  assert.match(output(), /\[agent\] ended \(1\); starting again in 500 ms/)
})

test('a child that is misconfigured ends everything with 2 and its message', async (t) => {
  const { ended, output } = await startWith(t, "console.error('TOKEN_WRONG: no such token'); process.exit(2)")
  assert.equal(await ended, 2)
  assert.match(output(), /^TOKEN_WRONG: agent: no such token$/m)
})
