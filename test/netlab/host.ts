import { type ChildProcess, type ForkOptions, fork, type SpawnOptions, spawn } from 'node:child_process'
import { LabError } from './error.ts'
import type { PlannedHost } from './topology.ts'

/** How a program ended, and what it printed. */
export interface Ran {
  /** `null`: by a signal; 127: there is no such program, as a shell says it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A host of a running lab. */
export interface Host {
  readonly name: string
  readonly namespace: string
  readonly address: string
  readonly address6: string
  /**
   * Runs a program on this host to its end. How it ended is in the result.
   * @throws LabError `COMMAND_FAILED` when it prints more than 64 MB
   */
  run(program: string, args?: readonly string[], options?: SpawnOptions): Promise<Ran>
  /** Starts a program on this host; it is ended with the lab. */
  spawn(program: string, args?: readonly string[], options?: SpawnOptions): ChildProcess
  /** Starts a module on this host under this Node, with an IPC channel; it is ended with the lab. */
  fork(module: string, args?: readonly string[], options?: ForkOptions): ChildProcess
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** The host in `namespace`; `started` is told of each process. */
export function hostIn(
  namespace: string,
  { name, address, address6 }: PlannedHost,
  started: (child: ChildProcess) => void,
): Host {
  // `ip netns exec` and `env` become the program: same pid, same open files, so signals and IPC reach it.
  const inside = (program: string, args: readonly string[]) => [
    'netns',
    'exec',
    namespace,
    'env',
    program,
    ...args,
  ]
  const start = (program: string, args: readonly string[] = [], options: SpawnOptions = {}) => {
    const child = spawn('ip', inside(program, args), options)
    started(child)
    return child
  }
  return {
    name,
    namespace,
    address,
    address6,
    spawn: start,
    run: (program, args = [], options = {}) =>
      ended(program, start(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })),
    fork: (module, args = [], options = {}) => {
      const child = fork(module, args, {
        ...options,
        execPath: 'ip',
        execArgv: inside(process.execPath, options.execArgv ?? []),
      })
      started(child)
      return child
    },
  }
}

function ended(program: string, child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        if (output[name].length <= OUTPUT_BYTES_MAX) return
        child.kill('SIGKILL')
        reject(new LabError('COMMAND_FAILED', `${program} printed more than ${OUTPUT_BYTES_MAX} bytes`))
      })
    }
    child.once('error', (cause) => {
      reject(new LabError('COMMAND_FAILED', `${program} cannot be started: ${cause.message}`, { cause }))
    })
    child.once('close', (code) => resolve({ code, ...output }))
  })
}
