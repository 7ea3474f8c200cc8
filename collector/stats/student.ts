import { qt } from 'lib-r-math.js'

/** The two-sided 95 % point of Student's t. */
export function tQuantile(degrees: number): number {
  return qt(0.975, degrees)
}
