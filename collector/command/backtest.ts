import { backtest } from '../backtest/backtest.ts'
import { textOf } from '../backtest/tell.ts'
import { monotonic, timestamp } from '../clock.ts'
import type { Environment } from '../config/environment.ts'
import { lockDataDir } from '../store/lock.ts'
import { openStore } from '../store/store.ts'
import { readBacktestOptions } from './backtest_options.ts'
import { location } from './location.ts'

/** How often progress is told. */
const TELL_MS = 5_000

/** Says what another policy would have done with what is stored. */
export async function backtestCommand(args: string[], env: Environment): Promise<number> {
  const { format, ...order } = readBacktestOptions(args, env)
  const lock = env.CLICKHOUSE_URL === undefined ? lockDataDir(env.DATA_DIR) : null
  const store = openStore(location(env))
  try {
    const result = await backtest(store, { ...order, tell: teller() })
    console.log(format === 'json' ? JSON.stringify(result, null, 2) : textOf(result))
  } finally {
    await store.close()
    lock?.release()
  }
  return 0
}

/** Says now and then how far it is. */
function teller(): (atMs: number) => void {
  let told = monotonic()
  return (atMs) => {
    if (monotonic() - told < TELL_MS) return
    told = monotonic()
    console.error(`at ${timestamp(atMs)}`)
  }
}
