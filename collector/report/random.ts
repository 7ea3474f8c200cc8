/** A seeded source of numbers in [0, 1): the same seed, the same report. xoshiro128** (Blackman and Vigna 2018). */
export function seededRandom(seed: number): () => number {
  let [a, b, c, d] = [seed >>> 0, 0x9e3779b9, 0x243f6a88, 0xb7e15162]
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by))
  const next = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return (result >>> 0) / 2 ** 32
  }
  for (let warmUp = 0; warmUp < 16; warmUp += 1) next()
  return next
}
