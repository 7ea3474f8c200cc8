import type { CollectorToDashboard, NAMESPACES } from '@streamgauge/contract'
import { io, type Socket } from 'socket.io-client'

/** `connecting` until the first connection; `reconnecting` when one was lost. */
export type LinkState = 'connecting' | 'live' | 'reconnecting'

/** The events the dashboard listens to, and the state of the link itself. */
export type LiveHandlers = Pick<
  CollectorToDashboard,
  'measurements' | 'run_started' | 'agents' | 'incident' | 'diagnosis' | 'decision'
> & {
  readonly link: (state: LinkState) => void
}

const NAMESPACE: typeof NAMESPACES.live = '/live'

/** Connects to the collector that served the page, and connects again for as long as it takes; `close` ends it. */
export function connectLive(handlers: LiveHandlers): { readonly close: () => void } {
  const socket: Socket<CollectorToDashboard, Record<string, never>> = io(NAMESPACE, {
    reconnectionDelayMax: 5_000,
    transports: ['websocket', 'polling'],
  })
  let wasLive = false
  socket.on('connect', () => {
    wasLive = true
    handlers.link('live')
  })
  const lost = () => handlers.link(wasLive ? 'reconnecting' : 'connecting')
  socket.on('disconnect', (reason) => {
    lost()
    // socket.io does not come back by itself when the other side closed the door.
    if (reason === 'io server disconnect') socket.connect()
  })
  socket.on('connect_error', lost)
  socket.on('measurements', handlers.measurements)
  socket.on('run_started', handlers.run_started)
  socket.on('agents', handlers.agents)
  socket.on('incident', handlers.incident)
  socket.on('diagnosis', handlers.diagnosis)
  socket.on('decision', handlers.decision)
  return { close: () => socket.close() }
}
