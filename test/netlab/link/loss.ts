import type { Random } from './random.ts'

/** Says of the next packet whether it is lost. */
export type Loss = (loss_ratio: number, loss_burst_count: number | null) => boolean

/**
 * Gilbert's model of bursty loss (Gilbert 1960; Elliott's with h = 0 and k = 1): a chain with a good state that loses
 * nothing and a bad one that loses everything. With burst length B and loss rate L it leaves the bad state with
 * probability 1/B and the good one with (1/B) · L/(1-L). One draw for each packet, whatever the settings: which
 * packets are lost depends on the seed and on their order, not on when they come.
 */
export function gilbert(random: Random): Loss {
  let bad: boolean | null = null
  return (loss_ratio, loss_burst_count) => {
    const draw = random()
    if (loss_ratio === 0) {
      bad = null
      return false
    }
    const leave = loss_burst_count === null ? 1 - loss_ratio : 1 / loss_burst_count
    const enter = (leave * loss_ratio) / (1 - loss_ratio)
    // The first packet finds the chain where it would be in the long run.
    if (bad === null) bad = draw < loss_ratio
    else bad = bad ? draw >= leave : draw < enter
    return bad
  }
}
