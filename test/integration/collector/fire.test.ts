import { test } from 'node:test'
import { fire } from '../../support/fire.ts'

// The long form of this is test/long/exactly_once.test.ts.
test('six kill -9 of collector, sender and agents lose nothing, store nothing twice, and leave rollups that equal a recount', async (t) => {
  await fire(t, 6, 4)
})
