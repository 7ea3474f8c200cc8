import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file } from '@streamgauge/agent/origin/deliver/answer.ts'
import type { Reply } from '@streamgauge/agent/origin/reply.ts'

/** What ten bytes, `0123456789`, are answered with. */
function ask(headers: Record<string, string>, method = 'GET') {
  let status = 0
  let answered: Readonly<Record<string, string>> = {}
  let text = ''
  const reply: Reply = {
    method,
    path: '/',
    http_version: '2',
    header: (name) => headers[name] ?? null,
    head: (code, given) => {
      status = code
      answered = given
    },
    write: () => {},
    end: (bytes) => {
      text = Buffer.from(bytes ?? []).toString()
    },
    waiting_bytes: 0,
    onClose: () => {},
  }
  file(reply, {}, Buffer.from('0123456789'))
  return [status, answered['content-range'], text]
}

test('one range is answered with that part of the file', () => {
  for (const [range, content, text] of [
    ['bytes=2-5', 'bytes 2-5/10', '2345'],
    ['bytes=0-0', 'bytes 0-0/10', '0'],
    ['bytes=7-', 'bytes 7-9/10', '789'],
    ['bytes=7-99', 'bytes 7-9/10', '789'],
    ['bytes=-3', 'bytes 7-9/10', '789'],
    ['bytes=-99', 'bytes 0-9/10', '0123456789'],
    ['Bytes=9-9', 'bytes 9-9/10', '9'],
  ] as const)
    assert.deepEqual(ask({ range }), [206, content, text], range)
})

test('a range behind the end is 416 and says how long the file is', () => {
  for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0'])
    assert.deepEqual(ask({ range }), [416, 'bytes */10', 'RANGE_NOT_SATISFIABLE\n'], range)
})

test('what is no single range of bytes, and what is conditional, is answered with the whole', () => {
  for (const range of [
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,4-5',
    'bytes=a-b',
    'lines=1-2',
    'bytes 1-2',
  ])
    assert.deepEqual(ask({ range }), [200, undefined, '0123456789'], range)
  assert.deepEqual(ask({ range: 'bytes=2-5', 'if-range': '"x"' }), [200, undefined, '0123456789'])
  assert.deepEqual(ask({ range: 'bytes=2-5' }, 'HEAD'), [200, undefined, ''])
})
