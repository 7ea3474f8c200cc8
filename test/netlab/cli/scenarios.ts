import type { LabDescription, LinkDescription } from '../topology.ts'

/** A lab a person can ask for by name. */
export interface Scenario {
  /** One line. */
  readonly summary: string
  readonly lab: LabDescription
  /** The hosts that serve a live stream. */
  readonly origins: readonly string[]
  /** What happens to the links while it runs; begun again when it is over. */
  readonly timetable?: Timetable
}

/** Changes to links, by the time since the start of a round. */
export interface Timetable {
  readonly round_s: number
  readonly steps: readonly TimetableStep[]
}

/** One change. */
export interface TimetableStep {
  readonly at_s: number
  readonly summary: string
  readonly link: readonly [string, string]
  readonly change: Pick<LinkDescription, 'up' | 'down'>
}

/** An agent and a node with one link between them. `down` is from the node to the agent. */
function oneLink(link: Pick<LinkDescription, 'up' | 'down'>): Pick<Scenario, 'lab' | 'origins'> {
  return {
    lab: { hosts: { agent: {}, node: {} }, links: [{ between: ['agent', 'node'], ...link }] },
    origins: ['node'],
  }
}

const both = (settings: NonNullable<LinkDescription['up']>) => ({ up: settings, down: settings })
const STEADY = { delay_ms: 40, loss_ratio: 0.001, rate_bps: 20_000_000 }
const BROWN_OUT_LINK = ['agent', 'node'] as const

/** Every scenario. Adding one is an entry here. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  clean: {
    summary: '20 ms round trip, 100 Mbit/s, nothing lost',
    ...oneLink(both({ delay_ms: 10, rate_bps: 100_000_000 })),
  },
  'lossy-200ms': {
    summary: '200 ms round trip, 2 % loss each way, 20 Mbit/s: across a border on a bad day',
    ...oneLink(both({ delay_ms: 100, loss_ratio: 0.02, rate_bps: 20_000_000 })),
  },
  mobile: {
    summary: '80 ms round trip with 15 ms jitter, losses in bursts of 8, 12 Mbit/s down behind a deep queue',
    ...oneLink({
      up: {
        delay_ms: 45,
        jitter_ms: 15,
        loss_ratio: 0.005,
        loss_burst_count: 8,
        rate_bps: 4_000_000,
        queue_bytes: 250_000,
      },
      down: {
        delay_ms: 35,
        jitter_ms: 15,
        loss_ratio: 0.01,
        loss_burst_count: 8,
        rate_bps: 12_000_000,
        queue_bytes: 750_000,
      },
    }),
  },
  satellite: {
    summary: 'geostationary: 600 ms round trip, 20 Mbit/s down and 3 up, 0.3 % loss',
    ...oneLink({
      up: { delay_ms: 300, loss_ratio: 0.003, rate_bps: 3_000_000 },
      down: { delay_ms: 300, loss_ratio: 0.003, rate_bps: 20_000_000, queue_bytes: 750_000 },
    }),
  },
  'brown-out': {
    summary: 'good for 15 s, then worse twice, then out for 3 s, then good again; a round takes 60 s',
    ...oneLink(both(STEADY)),
    timetable: {
      round_s: 60,
      steps: [
        { at_s: 0, summary: 'good', link: BROWN_OUT_LINK, change: both({ ...STEADY, outage: false }) },
        {
          at_s: 15,
          summary: 'brown-out: 3 % loss, 4 Mbit/s',
          link: BROWN_OUT_LINK,
          change: both({ delay_ms: 60, loss_ratio: 0.03, rate_bps: 4_000_000 }),
        },
        {
          at_s: 25,
          summary: 'worse: 10 % loss, 1.5 Mbit/s',
          link: BROWN_OUT_LINK,
          change: both({ delay_ms: 90, loss_ratio: 0.1, rate_bps: 1_500_000 }),
        },
        { at_s: 35, summary: 'outage', link: BROWN_OUT_LINK, change: both({ outage: true }) },
        { at_s: 38, summary: 'good again', link: BROWN_OUT_LINK, change: both({ ...STEADY, outage: false }) },
      ],
    },
  },
  'udp-blocked': {
    summary: '40 ms round trip, 50 Mbit/s, and a network that drops UDP: QUIC cannot get through',
    ...oneLink(both({ delay_ms: 20, rate_bps: 50_000_000, drop_udp: true })),
  },
  'three-nodes': {
    summary: 'one agent and three nodes: near (20 ms), far (180 ms) and lossy (60 ms, 3 % in bursts of 4)',
    lab: {
      hosts: { agent: {}, isp: { router: true }, near: {}, far: {}, lossy: {} },
      links: [
        { between: ['agent', 'isp'], ...both({ delay_ms: 2, rate_bps: 50_000_000 }) },
        { between: ['isp', 'near'], ...both({ delay_ms: 8 }) },
        { between: ['isp', 'far'], ...both({ delay_ms: 88, loss_ratio: 0.005 }) },
        { between: ['isp', 'lossy'], ...both({ delay_ms: 28, loss_ratio: 0.03, loss_burst_count: 4 }) },
      ],
    },
    origins: ['near', 'far', 'lossy'],
  },
}
