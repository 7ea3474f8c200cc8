import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, command } from './command.ts'

/** Where `ip netns exec` looks for files to put over those of /etc. */
const ETC = '/etc/netns'
/** Where iproute2 keeps namespaces by name. */
const NAMED = '/run/netns'

/** Names of namespaces carry the lab's process, so that what a dead one left can be told from what is in use. */
export function namespaceOf(lab: number, host: string): string {
  return `sg-${process.pid}-${lab}-${host}`
}

/** The same for devices, of which the kernel takes 15 characters. */
export function deviceOf(number: number): string {
  return `sg${process.pid}n${number}`
}

/** Makes a namespace with these files over those in its /etc. @throws LabError `COMMAND_FAILED` */
export function addNamespace(namespace: string, files: Readonly<Record<string, string>>): void {
  const folder = join(ETC, namespace)
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  command('ip', ['netns', 'add', namespace])
}

/** Ends what runs in a namespace and removes it with its devices and files; nothing when it is not there. */
export function removeNamespace(namespace: string): void {
  endProcesses(namespace)
  attempt('ip', ['netns', 'del', namespace])
  rmSync(join(ETC, namespace), { recursive: true, force: true })
  // Fails while another lab has one in there, as it should.
  attempt('rmdir', [ETC])
}

/** Removes what labs left behind whose process is dead. Devices are gone already: they go with their relay. */
export function sweepNamespaces(): readonly string[] {
  const found = new Set([...list(NAMED), ...list(ETC)].filter((name) => isDead(labProcess(name))))
  for (const namespace of found) removeNamespace(namespace)
  return [...found]
}

/** Runs `ip` commands inside a namespace. @throws LabError `COMMAND_FAILED` */
export function ipIn(namespace: string, lines: readonly string[]): void {
  command('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`)
}

/** Sets kernel parameters, named by their path below /proc/sys, inside a namespace. @throws LabError `COMMAND_FAILED` */
export function sysctlIn(namespace: string, values: Readonly<Record<string, number>>): void {
  const script = Object.entries(values).map(([path, value]) => `echo ${value} > /proc/sys/${path}`)
  command('ip', ['netns', 'exec', namespace, 'sh', '-e', '-c', script.join('\n')])
}

/** Kills what runs in a namespace and waits until it is gone, for a second at most. */
function endProcesses(namespace: string): void {
  for (let round = 0; round < 100; round++) {
    const pids = attempt('ip', ['netns', 'pids', namespace]).split('\n').map(Number).filter(Boolean)
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    // Blocks: this has to work while the process is exiting, too.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}

function labProcess(namespace: string): number | null {
  const pid = /^sg-(\d+)-\d+-/.exec(namespace)?.[1]
  return pid === undefined ? null : Number(pid)
}

function isDead(pid: number | null): boolean {
  if (pid === null) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // EPERM: there is one, and it is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
