import { startLab } from '../lab.ts'

// Holds a lab, with a program in it that would stay, until something ends this process.
const lab = await startLab(null, { hosts: { a: {}, b: {} }, links: [{ between: ['a', 'b'] }] })
const child = lab.host('a').spawn('sleep', ['1000'], { stdio: 'ignore', detached: true })
child.unref()
process.send?.({ namespace: lab.host('a').namespace, child_pid: child.pid })
setInterval(() => {}, 1_000)
