import { test } from 'node:test'
import { cutOff } from '../../support/cut_off.ts'

// The long form of this is test/long/cut_off.test.ts.
test('cutting the store off for three seconds under load loses nothing and stores nothing twice', async (t) => {
  await cutOff(t, 3_000, 200)
})
