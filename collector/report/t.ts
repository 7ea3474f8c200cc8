/** Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom. */
const SMALL = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281]
const Z = 1.959_963_985

/**
 * The two-sided 95 % point of Student's t. Above 10 degrees of freedom by the Cornish-Fisher expansion
 * (Abramowitz and Stegun 26.7.5), right to 0.001.
 */
export function tQuantile(degrees: number): number {
  const known = SMALL[degrees - 1]
  if (known !== undefined) return known
  const first = (Z ** 3 + Z) / 4
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384
  return Z + first / degrees + second / degrees ** 2 + third / degrees ** 3
}
