import type { Environment } from '../config/environment.ts'
export async function start(_env: Environment): Promise<number> {
  return 0
}
