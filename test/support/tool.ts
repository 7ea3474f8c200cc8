import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Whether a program that is not part of this project is here. Where it is not, the test says so as a skip; where CI
 * demands it, it fails.
 */
export function needs(t: TestContext, program: string): boolean {
  if (whereIs(program) !== null) return true
  if (process.env.CI) throw new Error(`${program} is not installed, and CI demands it`)
  t.skip(`${program} is not installed`)
  return false
}

/** Runs a program to its end; rejects when it fails. */
export async function tool(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return await run(program, args, { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
}

/** Full path of a program; servers live in folders that are not on everybody's `PATH`. `null`: not installed. */
export function whereIs(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
