import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** What the way to a store does with connections; `hang` takes them and everything sent, and answers nothing. */
export type LinkState = 'open' | 'refuse' | 'reset' | 'hang'

export interface StoreLink {
  readonly url: string
  /** Cuts every connection there is, and does so with those to come. */
  readonly set: (state: LinkState) => Promise<void>
}

/** A way to a server that can be cut. */
export async function storeLink(t: TestContext, target: string): Promise<StoreLink> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let state: LinkState = 'open'
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Cut connections end in errors on both sides.
    socket.on('error', () => {})
  }
  const server = createServer((near) => {
    keep(near)
    if (state === 'reset') near.resetAndDestroy()
    if (state === 'hang') near.resume()
    if (state !== 'open') return
    const far = connect(Number(port), hostname)
    keep(far)
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const own = await listen(server, 0)
  const set = async (next: LinkState) => {
    state = next
    for (const socket of sockets) socket.resetAndDestroy()
    if (next === 'refuse' && server.listening) {
      server.close()
      if (sockets.size > 0) await once(server, 'close')
    }
    if (next !== 'refuse' && !server.listening) await listen(server, own)
  }
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) server.close()
  })
  return { url: `http://127.0.0.1:${own}`, set }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
