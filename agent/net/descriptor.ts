import type { Server, Socket } from 'node:net'

/** The file descriptor of an open socket, which Node has no public way to; `null`: closed, or not a system socket. */
export function descriptorOf(socket: Socket | Server): number | null {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null
}
