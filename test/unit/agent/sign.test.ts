import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { signed } from '@streamgauge/agent/pull/sign.ts'

test('Tencent: the example of its own documentation', () => {
  // "Hotlink Protection URL Calculation": key, stream `test`, txTime 5C271099, and the MD5 of the three.
  const url = signed(
    new URL('https://play.example.com/live/test.flv'),
    { scheme: 'tencent', key: 'e12c46f2612d5106e2034781ab261ca3', valid_s: 0 },
    0x5c271099 * 1_000,
  )
  assert.equal(
    url.href,
    'https://play.example.com/live/test.flv?txSecret=f85a2ab363fe4deaffef9754d79da6fe&txTime=5C271099',
  )
})

test('Alibaba Cloud, type A: the example of its own documentation', () => {
  // md5("/video/standard/1K.html-1444435200-0-0-aliyuncdnexp1234")
  const url = signed(
    new URL('http://cdn.example.com/video/standard/1K.html'),
    { scheme: 'aliyun', key: 'aliyuncdnexp1234', valid_s: 0 },
    1_444_435_200_000,
  )
  assert.equal(url.search, '?auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f')
})

test('validity is added to the moment of signing, an hour unless it says otherwise, and a query that is there stays', () => {
  const sign = { scheme: 'aliyun', key: 'k' } as const
  const at = (valid: object) =>
    signed(new URL('https://a.example/s.flv?x=1'), { ...sign, ...valid }, 999_999).search
  assert.match(at({}), /^\?x=1&auth_key=4599-0-0-[0-9a-f]{32}$/)
  assert.match(at({ valid_s: 60 }), /^\?x=1&auth_key=1059-0-0-/)
})

test('a template signs what it is told to, with any of its digests', () => {
  const template = {
    scheme: 'template',
    key: 'secret',
    valid_s: 10,
    message: '{path}|{stream}|{host}|{expires}|{unknown}',
    query: 'e={expires_hex}&s={signature}',
  } as const
  const url = new URL('https://a.example:8443/live/one.m3u8')
  const message = '/live/one.m3u8|one|a.example:8443|110|{unknown}'
  for (const [algorithm, hash] of [
    ['hmac-sha1', 'sha1'],
    ['hmac-sha256', 'sha256'],
  ] as const) {
    const expected = createHmac(hash, 'secret').update(message).digest('base64url')
    const search = signed(url, { ...template, algorithm, encoding: 'base64url' }, 100_000).search
    assert.equal(search, `?e=6e&s=${expected}`)
  }
})

test('a digest without HMAC takes the key into its message, as nginx’s secure_link does', () => {
  // echo -n '2147483647/s/link127.0.0.1 secret' | openssl md5 -binary | openssl base64 | tr +/ -_ | tr -d =
  // is the example of ngx_http_secure_link_module's documentation.
  const url = signed(
    new URL('http://127.0.0.1/s/link'),
    {
      scheme: 'template',
      key: 'secret',
      valid_s: 0,
      algorithm: 'md5',
      encoding: 'base64url',
      message: '{expires}{path}127.0.0.1 {key}',
      query: 'md5={signature}&expires={expires}',
    },
    2_147_483_647_000,
  )
  assert.equal(url.search, '?md5=_e4Nc3iduzkWRm01TBBNYw&expires=2147483647')
})
