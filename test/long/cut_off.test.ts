import { test } from 'node:test'
import { cutOff } from '../support/cut_off.ts'

const cut_s = Number(process.env.CUT_S ?? 600)

test(`cutting the store off for ${cut_s} s under load loses nothing and stores nothing twice`, async (t) => {
  await cutOff(t, cut_s * 1_000, 200)
})
