import { accessSync, constants, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { startAgent } from '../agent.ts'
import { warmUp } from '../warm_up.ts'
import { type Command, UsageError } from './arguments.ts'
import { untilStopped } from './stop.ts'

const USAGE = `streamgauge-agent run --collector URL [--token T] [--agent-id NAME] [--data-dir DIR]

Asks the collector what to probe, probes on schedule, keeps every measurement on disk until the collector
has it. The token may also come from STREAMGAUGE_TOKEN, which other users of the machine cannot see.
`

/** The daemon; ends on SIGINT, SIGTERM, or when the process that started it is gone. */
export const runCommand: Command = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      collector: { type: 'string' },
      token: { type: 'string' },
      'agent-id': { type: 'string', default: hostname() },
      'data-dir': { type: 'string', default: './data/agent' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const token = values.token ?? process.env.STREAMGAUGE_TOKEN
  if (values.collector === undefined || !URL.canParse(values.collector))
    throw new UsageError('BAD_ARGUMENT', `--collector takes a URL\n\n${USAGE}`)
  if (token === undefined || token === '')
    throw new UsageError('TOKEN_MISSING', 'give --token or STREAMGAUGE_TOKEN')
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/.test(values['agent-id']))
    throw new UsageError('BAD_ARGUMENT', '--agent-id takes letters, digits and . _ : / @ + -')

  checkFolder(values['data-dir'])
  const log = pino({ name: 'agent', level: process.env.LOG_LEVEL ?? 'info' })
  if (!(await warmUp(['tcp', 'quic'])))
    log.warn('WARM_UP_FAILED: the first runs will look slower than the network is')
  const agent = startAgent({
    url: new URL(values.collector),
    token,
    agent_id: values['agent-id'],
    data_dir: values['data-dir'],
    log,
  })
  log.info({ agent_id: values['agent-id'], outbox_count: agent.outbox.count() }, 'probing')
  process.send?.({ type: 'ready' })
  await untilStopped()
  await agent.close()
  return 0
}

/** Before anything else is done. @throws UsageError */
function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError('DATA_DIR_UNWRITABLE', `${folder} cannot be used: ${why}`)
  }
}
