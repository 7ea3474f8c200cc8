import { after } from 'node:test'

const REPORTED_MS = 1_000

// Loaded before every test file, and so before the programs that tests fork, which are not concerned. The QUIC library
// leaves native threads behind that keep a finished file's process; it ends a second after its last test, when its
// report is through the pipe. `--test-force-exit` does not wait for that, and results get lost.
if (process.argv[1]?.endsWith('.test.ts')) {
  after(() => {
    setTimeout(() => process.exit(), REPORTED_MS).unref()
  })
}
