import { readFileSync } from 'node:fs'
import fastify from 'fastify'

/** A route that answers the same to everybody: what any answer over HTTP takes. */
const answer = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const app = fastify()
app.get('/v1/steer', async () => answer)
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
