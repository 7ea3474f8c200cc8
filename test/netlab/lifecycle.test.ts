import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { type TestContext, test } from 'node:test'
import { startLab } from './lab.ts'
import { needsLab } from './possible.ts'

interface Held {
  readonly holder: ChildProcess
  readonly namespace: string
  readonly child_pid: number
}

/** Another process that holds a lab. */
async function hold(t: TestContext): Promise<Held> {
  const holder = fork(new URL('measure/hold.ts', import.meta.url))
  t.after(async () => {
    if (holder.exitCode === null && holder.signalCode === null && holder.kill()) await once(holder, 'exit')
  })
  const [held]: { namespace: string; child_pid: number }[] = await once(holder, 'message')
  assert.ok(held)
  return { holder, ...held }
}

/** Everything on this machine that carries the name of that process's labs. */
function traces(pid: number | undefined): string[] {
  const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
  return [
    ...names('/run/netns').filter((name) => name.startsWith(`sg-${pid}-`)),
    ...names('/etc/netns').filter((name) => name.startsWith(`sg-${pid}-`)),
    ...[...names('/sys/class/net'), ...Object.keys(networkInterfaces())].filter((name) =>
      name.startsWith(`sg${pid}n`),
    ),
    ...names('/proc').filter((entry) => /^\d+$/.test(entry) && commandOf(entry).includes(`"sg${pid}n`)),
  ]
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Whether a process is there and not merely waiting to be reaped. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a closed lab leaves nothing, and may be closed again', async (t) => {
  if (!needsLab(t)) return
  const lab = await startLab(t, { hosts: { a: {}, b: {} }, links: [{ between: ['a', 'b'] }] })
  const child = lab.host('a').spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'])
  const [grandchild] = await once(child.stdout ?? child, 'data')
  // Two namespaces, their files, and the relay, which runs in this one.
  assert.equal(traces(process.pid).length, 5)
  await lab.close()
  await lab.close()
  assert.deepEqual(traces(process.pid), [])
  assert.equal(runs(Number(grandchild)), false)
})

test('a lab that cannot be built leaves nothing', async (t) => {
  if (!needsLab(t)) return
  const unheardOf: object = { congestion: 'unheard-of' }
  const description = { hosts: { a: {}, b: unheardOf }, links: [{ between: ['a', 'b'] as const }] }
  await assert.rejects(startLab(t, description), { code: 'COMMAND_FAILED' })
  assert.deepEqual(traces(process.pid), [])
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} removes a lab`, async (t) => {
    if (!needsLab(t)) return
    const { holder, child_pid } = await hold(t)
    assert.ok(traces(holder.pid).length > 0)
    holder.kill(signal)
    const [code] = await once(holder, 'exit')
    assert.equal(code, signal === 'SIGINT' ? 130 : 143)
    assert.deepEqual(
      traces(holder.pid).filter((name) => name.startsWith('sg')),
      [],
    )
    assert.equal(runs(child_pid), false)
  })
}

test('what a killed process leaves is swept away by the next lab; what a living one has is let alone', async (t) => {
  if (!needsLab(t)) return
  const dead = await hold(t)
  const living = await hold(t)
  dead.holder.kill('SIGKILL')
  await once(dead.holder, 'exit')
  assert.ok(traces(dead.holder.pid).includes(dead.namespace))
  const lab = await startLab(t, { hosts: { a: {} }, links: [] })
  assert.deepEqual(traces(dead.holder.pid), [])
  assert.equal(runs(dead.child_pid), false)
  assert.equal(traces(living.holder.pid).length, 5)
  assert.equal(runs(living.child_pid), true)
  await lab.close()
})
