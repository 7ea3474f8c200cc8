import { Detector } from '@streamgauge/collector/detect/detector.ts'
import type { Anomaly } from '@streamgauge/collector/detect/life.ts'
import type { Observation } from '@streamgauge/collector/detect/observation.ts'
import { isIn, keyOf, type Where } from '@streamgauge/collector/detect/scope.ts'
import { share } from '@streamgauge/collector/simulate/random.ts'

export const ROUND_MS = 10_000
export const BEGIN_MS = Date.UTC(2026, 10, 2)
const LEARNING_ROUNDS = 120
const NODES = ['fra', 'sin', 'sjc']
/** Three countries, two ISPs in each, two agents of each. */
const AGENTS = ['TH', 'DE', 'BR'].flatMap((country, row) =>
  ['one', 'two'].flatMap((isp, column) =>
    [1, 2].map((number) => ({
      agent_id: `${country}-${isp}-${number}`,
      country,
      isp: `${country} ${isp}`,
      asn: 100 * row + 10 * column,
    })),
  ),
)

/** What is bad on top of the usual: of the runs of a scope, in some rounds, this share fails, stalls, or is slower by so much. */
export interface Fault {
  readonly where: Where
  readonly rounds: readonly [number, number]
  readonly failed?: number
  readonly stalled?: number
  readonly slower?: number
}

/** Lets a detector watch agents that probe every node over both transports each round; the round is counted from the end of learning. */
export function watch(
  rounds: number,
  faults: readonly Fault[],
  more: (round: number) => readonly Observation[] = () => [],
) {
  const detector = new Detector()
  const history: {
    readonly round: number
    readonly anomaly: Anomaly
    readonly key: string
    readonly state: string
  }[] = []
  for (let round = -LEARNING_ROUNDS; round < rounds; round += 1) {
    for (const run of [...runsOf(round, faults), ...more(round)]) detector.observe(run)
    const now = BEGIN_MS + (round + 1) * ROUND_MS
    const { opened, changed } = detector.endRound(now, round < 0)
    for (const anomaly of [...opened, ...changed])
      history.push({ round, anomaly, key: keyOf(anomaly.where), state: anomaly.state })
  }
  return {
    detector,
    history,
    opened: history.filter(({ state }, index) => state === 'open' && isFirst(index)),
  }
  function isFirst(index: number) {
    return history.findIndex(({ anomaly }) => anomaly === history[index]?.anomaly) === index
  }
}

export function runsOf(round: number, faults: readonly Fault[]): Observation[] {
  return AGENTS.flatMap((agent, index) =>
    NODES.flatMap((node_id, node) =>
      (['tcp', 'quic'] as const).map((transport, way): Observation => {
        const place = { ...agent, node_id, provider: 'own', route: 'public', transport }
        const now = faults.filter(
          ({ where, rounds }) => isIn(where, place) && round >= rounds[0] && round < rounds[1],
        )
        const draw = (what: number) => share(7, round + 1_000, 100 * index + 10 * node + way, what)
        const failed = draw(1) < 0.01 || now.some((fault) => draw(2) < (fault.failed ?? 0))
        const slower = now.reduce((times, fault) => times * (fault.slower ?? 1), 1)
        return {
          ...place,
          kind: 'stream',
          started_ms: BEGIN_MS + round * ROUND_MS,
          failed,
          start_ms: null,
          slack_ms: 0,
          handshake_ms: failed ? null : (60 + 40 * node + 6 * draw(3)) * slower,
          stalled: failed ? null : draw(4) < 0.03 || now.some((fault) => draw(5) < (fault.stalled ?? 0)),
        }
      }),
    ),
  )
}
