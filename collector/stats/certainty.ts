import { pt, qt } from 'lib-r-math.js'

/** How sure an interval is, and when it may be looked at. Off by `t` standard errors of a mean over so many clusters. */
export interface Certainty {
  /** How many standard errors an interval reaches. */
  critical(clusters: number): number
  /** How often chance alone is as far off, or farther. */
  chanceOf(t: number, clusters: number): number
}

/** 95 %: one in twenty is wrong. */
export const ALPHA = 0.05

/** For what is looked at once, when all is in: Student's t. */
export function once(alpha = ALPHA): Certainty {
  return {
    critical: (clusters) => qt(1 - alpha / 2, clusters - 1),
    chanceOf: (t, clusters) => 2 * pt(-Math.abs(t), clusters - 1),
  }
}

/**
 * For what is looked at again and again while it grows: the interval covers at all looks together (the asymptotic confidence sequence of
 * Waudby-Smith et al. 2024, after Robbins 1970), narrowest when there are `planned` clusters. Half as wide again as `once`.
 */
export function always(planned: number, alpha = ALPHA): Certainty {
  const rate = (1 - 2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha))) / planned
  // Few clusters tell their own spread badly, as with Student.
  const few = (clusters: number) => qt(1 - alpha / 2, clusters - 1) / qt(1 - alpha / 2, 1e9)
  return {
    critical: (clusters) => {
      const grown = clusters * rate
      return few(clusters) * Math.sqrt((1 + 1 / grown) * Math.log((grown + 1) / alpha ** 2))
    },
    chanceOf: (t, clusters) => {
      const grown = clusters * rate
      const z = t / few(clusters)
      return Math.min(1, Math.sqrt(grown + 1) * Math.exp(-(z ** 2) / (2 * (1 + 1 / grown))))
    },
  }
}
