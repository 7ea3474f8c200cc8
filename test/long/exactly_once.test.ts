import { test } from 'node:test'
import { fire } from '../support/fire.ts'

const kills_count = Number(process.env.FIRE_KILLS ?? 200)
const seed = Number(process.env.FIRE_SEED ?? 20_261_123)

test(`${kills_count} kill -9 of collector, sender and agents lose nothing, store nothing twice, and leave rollups that equal a recount`, async (t) => {
  await fire(t, kills_count, seed)
})
