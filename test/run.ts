import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { FileResult } from './support/file_reporter.ts'

const SLOWEST = 10
/** More than these at once is no bad moment of the machine's. */
const AGAIN_MAX = 5

/** Runs tests, their report to the terminal. */
function run(
  files: readonly string[],
  concurrency: number,
): { passed: boolean; results: readonly FileResult[] } {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-results-'))
  const file = join(folder, 'files.jsonl')
  try {
    const args = ['--import', './test/support/leave.ts', '--test', `--test-concurrency=${concurrency}`]
    const spec = ['--test-reporter=spec', '--test-reporter-destination=stdout']
    const perFile = ['--test-reporter=./test/support/file_reporter.ts', `--test-reporter-destination=${file}`]
    const { status } = spawnSync(process.execPath, [...args, ...spec, ...perFile, ...files], {
      stdio: 'inherit',
    })
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    return { passed: status === 0, results: lines.map((line) => JSON.parse(line)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Two files at a time: many of these tests measure times, and a machine that others share has moments when it cannot.
// A file that fails is run once more with the machine to itself, and named either way.
const all = run(process.argv.slice(2), 2)
const slowest = all.results.toSorted((a, b) => (b.duration_ms ?? 0) - (a.duration_ms ?? 0)).slice(0, SLOWEST)
const name = (result: FileResult) => relative(process.cwd(), result.file)
console.log('slowest files:')
for (const result of slowest)
  console.log(`  ${((result.duration_ms ?? 0) / 1000).toFixed(1)} s  ${name(result)}`)
const failed = all.results.filter((result) => !result.success)
if (all.passed) process.exit(0)
if (failed.length === 0 || failed.length > AGAIN_MAX) process.exit(1)
console.log(`\nfailed beside others, now alone: ${failed.map(name).join(', ')}`)
const again = run(
  failed.map((result) => result.file),
  1,
)
if (again.passed) console.log(`\npassed alone, failed beside others: ${failed.map(name).join(', ')}`)
process.exit(again.passed ? 0 : 1)
