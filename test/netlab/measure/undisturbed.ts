import { readFileSync } from 'node:fs'

const ATTEMPTS = 6
/** Of the machine's time, what may go to other virtual machines during a measurement. */
const STOLEN_RATIO_MAX = 0.01

/**
 * Measures again when the hypervisor gave this machine's processors to others meanwhile: nothing here can be on time
 * then, neither what is measured nor what measures. Whether it did is the kernel's to say, never the measured value.
 * @returns the first undisturbed result, or the last one
 */
export async function undisturbed<T>(measure: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const before = processorTime()
    const result = await measure()
    const after = processorTime()
    const stolen_ratio = (after.stolen - before.stolen) / (after.all - before.all)
    if (stolen_ratio <= STOLEN_RATIO_MAX || attempt === ATTEMPTS) return result
  }
}

/** In ticks, over all processors (proc(5), /proc/stat). */
function processorTime(): { readonly all: number; readonly stolen: number } {
  const ticks = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number)
  return { all: ticks.reduce((sum, n) => sum + n, 0), stolen: ticks[7] ?? 0 }
}
