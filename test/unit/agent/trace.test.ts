import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOOLS, type Tool } from '@streamgauge/agent/trace/tools.ts'
import { trace } from '@streamgauge/agent/trace/trace.ts'
import { TraceAnswer } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { needs } from '../../support/tool.ts'

const isTraceAnswer = Compile(TraceAnswer)
const never = new AbortController().signal

function read(name: Tool['name'], output: string) {
  const tool = TOOLS.find((candidate) => candidate.name === name)
  assert.ok(tool)
  return tool.read(output)
}

// What the programs of Debian 13 printed between namespaces, with a router at 10.9.1.1 in between.
test('traceroute: each packet’s time, a silent router, no answer to some, a refusal behind a time', () => {
  const output = `traceroute to 10.9.2.2 (10.9.2.2), 30 hops max, 60 byte packets
 1  10.9.1.1  0.091 ms  0.024 ms  0.004 ms
 2  * * *
 3  10.9.3.1  3058.974 ms !H * 10.9.3.2  4.5 ms
 4  2001:db8::1  0.011 ms *  0.004 ms
`
  assert.deepEqual(read('traceroute', output), [
    { hop: 1, address: '10.9.1.1', rtt_ms: [0.091, 0.024, 0.004], sent_count: 3 },
    { hop: 2, address: null, rtt_ms: [], sent_count: 3 },
    { hop: 3, address: '10.9.3.1', rtt_ms: [3058.974, 4.5], sent_count: 3 },
    { hop: 4, address: '2001:db8::1', rtt_ms: [0.011, 0.004], sent_count: 3 },
  ])
})

test('mtr: what was sent to each hop, and the time of each answer', () => {
  const output = `x 0 33000
h 0 10.9.1.1
h 0 10.9.1.1
p 0 79 33000
x 1 33001
x 2 33002
h 2 10.9.2.2
p 2 92 33002
x 0 33003
p 0 91 33003
x 1 33004
x 2 33005
`
  assert.deepEqual(read('mtr', output), [
    { hop: 1, address: '10.9.1.1', rtt_ms: [0.079, 0.091], sent_count: 2 },
    { hop: 2, address: null, rtt_ms: [], sent_count: 2 },
    { hop: 3, address: '10.9.2.2', rtt_ms: [0.092], sent_count: 2 },
  ])
})

test('tracepath: a hop that is there twice is one, and one that is late after no reply has an address', () => {
  const output = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.9.1.1                                              0.062ms 
 1:  10.9.1.1                                              0.007ms 
 2:  no reply
 3:  no reply
 3:  10.9.2.2                                              0.080ms reached
     Resume: pmtu 1500 hops 2 back 2 
`
  assert.deepEqual(read('tracepath', output), [
    { hop: 1, address: '10.9.1.1', rtt_ms: [0.062], sent_count: 1 },
    { hop: 2, address: null, rtt_ms: [], sent_count: 1 },
    { hop: 3, address: '10.9.2.2', rtt_ms: [0.08], sent_count: 1 },
  ])
})

test('what is no answer has no hops', () => {
  const lines = [
    '',
    '0  1.2.3.4  1 ms',
    '99999 1.2.3.4 1 ms',
    '1 ; rm',
    'p 1e9 -4 x',
    'x',
    '1: ',
    '-1:  no reply',
  ]
  for (const { name } of TOOLS)
    for (const line of [...lines, lines.join('\n'), '9'.repeat(60_000), 'x 0 1\n'.repeat(10_000)])
      for (const hop of read(name, line)) {
        assert.ok(hop.hop >= 1 && hop.hop <= 30)
        assert.ok(hop.sent_count >= 1 && hop.sent_count <= 10)
      }
})

for (const tool of TOOLS)
  test(`${tool.name} finds the way to this machine`, async (t) => {
    if (!needs(t, tool.name)) return
    const answer = await trace({ url: 'https://127.0.0.1:8443/x.flv' }, never, [tool])
    assert.ok(isTraceAnswer.Check(answer))
    assert.ok(answer.ok, JSON.stringify(answer))
    assert.equal(answer.trace.tool, tool.name)
    assert.equal(answer.trace.reached, true)
    assert.deepEqual(
      answer.trace.hops.map((hop) => hop.address),
      ['127.0.0.1'],
    )
  })

test('a system without such a program, a name without an address and an address nobody serves from have codes', async () => {
  const codeOf = async (url: string, tools?: readonly Tool[]) => {
    const answer = await trace({ url }, never, tools)
    assert.ok(isTraceAnswer.Check(answer))
    return answer.ok ? 'ok' : answer.code
  }
  const missing: Tool = { name: 'mtr', args: () => [], read: () => [] }
  assert.equal(
    await codeOf('https://127.0.0.1/', [{ ...missing, name: 'no-such-program' as 'mtr' }]),
    'NO_TOOL',
  )
  assert.equal(await codeOf('https://no-such-name.invalid/'), 'NAME_UNRESOLVED')
  assert.equal(await codeOf('https://['), 'NAME_UNRESOLVED')
  assert.equal(await codeOf('https://169.254.169.254/latest'), 'REFUSED_BY_POLICY')
})
