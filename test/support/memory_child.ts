import { once } from 'node:events'
import { probe } from '@streamgauge/agent/probe/run.ts'
import { aTarget } from './measurement.ts'
import { RUN } from './run.ts'

const [{ target, duration_ms }] = await once(process, 'message')
const own = { transport: target.transport, insecure: true }
// Modules, trust store and threads are there before anything is measured.
await probe(aTarget(own), { ...RUN, duration_ms: 300 })
const before = process.memoryUsage.rss()
let most = before
const timer = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 20)
const m = await probe(target, { ...RUN, duration_ms })
clearInterval(timer)
most = Math.max(most, process.memoryUsage.rss())
process.send?.({ m, growth_mb: (most - before) / 1024 / 1024 })
process.disconnect()
