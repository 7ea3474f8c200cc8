import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needsLab } from '../possible.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const AGENT = fileURLToPath(import.meta.resolve('@streamgauge/agent/main.ts'))

/** Runs `npm run lab -- <words>` without npm. */
function lab(t: TestContext, words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  return child
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text) => {
    printed.stdout += text
  })
  child.stderr?.on('data', (text) => {
    printed.stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, ...printed }
}

test('without a scenario the scenarios are listed; one there is not is refused', async (t) => {
  const listed = await ended(lab(t, []))
  assert.equal(listed.code, 0)
  assert.match(listed.stdout, /^ {2}lossy-200ms {2}200 ms round trip/m)
  for (const [words, message] of [
    [['no-such-place'], /^BAD_ARGUMENT: no scenario "no-such-place"/],
    [['--seed', 'x', 'clean'], /^BAD_ARGUMENT: --seed takes a whole number from 0, not "x"/],
    [['--congestion', 'vegas', 'clean'], /^BAD_ARGUMENT: --congestion takes cubic, bbr, not "vegas"/],
    [['--colour', 'clean'], /^BAD_ARGUMENT: no option "--colour"/],
  ] as const) {
    const { code, stderr } = await ended(lab(t, words))
    assert.equal(code, 2)
    assert.match(stderr, message)
  }
})

test('a command runs on the agent’s host and its exit code is the lab’s', async (t) => {
  if (!needsLab(t)) return
  const { code, stdout, stderr } = await ended(
    lab(t, ['three-nodes', 'sh', '-c', 'echo $LAB_URLS; ip -br addr show lo; exit 7']),
  )
  assert.equal(code, 7)
  const [urls, loopback] = stdout.split('\n')
  // Hosts are numbered as described: agent, isp, near, far, lossy.
  const url = (host: number) => `https://10.64.0.${host}:8443/live/test.flv`
  assert.equal(urls, [3, 4, 5].map(url).join(' '))
  assert.match(loopback ?? '', / 10\.64\.0\.1\/32 /)
  assert.match(stderr, /^lossy -> isp +28 ms +3 % in bursts of 4/m)
})

test('where UDP is blocked, a probe over QUIC says so, and one over TCP connects in one round trip and TLS in another', async (t) => {
  if (!needsLab(t)) return
  const probe = (transport: string) =>
    `${process.execPath} ${AGENT} probe $LAB_URL --ca $LAB_CA --connect --duration 3 --json --transport ${transport}`
  const { code, stdout, stderr } = await ended(lab(t, ['udp-blocked', `${probe('quic')}; ${probe('tcp')}`]))
  assert.equal(code, 0, stderr)
  const [quic, tcp] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(quic.failure_code, 'UDP_BLOCKED', stderr)
  assert.equal(tcp.failure_code, null)
  // 20 ms each way; what is more than that is the two ends' own work.
  assert.ok(tcp.connect_ms >= 40 && tcp.connect_ms < 60, `${tcp.connect_ms}`)
  assert.ok(tcp.handshake_ms >= 80 && tcp.handshake_ms < 120, `${tcp.handshake_ms}`)
})

test('without a command it stays until it is interrupted, counts the packets, and leaves nothing', async (t) => {
  if (!needsLab(t)) return
  const child = lab(t, ['brown-out'])
  const done = ended(child)
  assert.ok(child.stderr)
  createInterface(child.stderr).on('line', (line) => {
    if (line === '0 s: good') child.kill('SIGINT')
  })
  const { code, stderr } = await done
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^LINK +IN +LOST/m)
  const left = existsSync('/run/netns') ? readdirSync('/run/netns') : []
  assert.deepEqual(
    left.filter((name) => name.startsWith(`sg-${child.pid}-`)),
    [],
  )
})
