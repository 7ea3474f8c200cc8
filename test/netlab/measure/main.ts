import { once } from 'node:events'
import { pullBulk, serveBulk } from './bulk.ts'
import { receive, type Shipment, send } from './packets.ts'

const stopped = once(process, 'message').then(() => {})
const report = (value: object) => new Promise((resolve) => process.send?.(value, resolve))

/** What this program does on a host of a lab. Adding one is a function and a line here. */
const verbs: Record<string, (argument: string) => Promise<unknown>> = {
  send: async (argument) => {
    const shipment: Shipment = JSON.parse(argument)
    await send(shipment)
  },
  receive: async (address) => report(await receive(address, (port) => process.send?.({ port }), stopped)),
  serve: async (address) => await serveBulk(address, (port) => process.send?.({ port }), stopped),
  pull: async (argument) => {
    const { address, port, bytes }: { address: string; port: number; bytes: number } = JSON.parse(argument)
    await report({ elapsed_ms: await pullBulk(address, port, bytes) })
  },
}

const [verb = '', argument = ''] = process.argv.slice(2)
await verbs[verb]?.(argument)
process.disconnect?.()
