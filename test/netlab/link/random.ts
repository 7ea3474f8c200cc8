/** Draws from [0, 1). */
export type Random = () => number

/**
 * sfc32 (Doty-Humphrey, PractRand): a 32-bit generator with a 128-bit state. One seed gives as many independent streams
 * as wanted, so that what one part draws does not move what another does.
 */
export function seeded(seed: number, stream: number): Random {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = stream >>> 0
  let counter = 1
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return (t >>> 0) / 2 ** 32
  }
  // What the author does after seeding: the first draws still show the seed.
  for (let i = 0; i < 15; i++) next()
  return next
}
