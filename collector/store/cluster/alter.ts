import { type Place, refuse } from './place.ts'
import { replicatedSettings } from './settings.ts'
import { is, solid, splitAtCommas, type Token, textOf } from './tokens.ts'

const VERBS = new Set(
  'ADD,DROP,MODIFY,REPLACE,COMMENT,RENAME,MATERIALIZE,RESET,CLEAR,UPDATE,DELETE,ALTER,REMOVE'.split(','),
)

/** What a Distributed table knows too: columns, not where and how they are kept. */
const SHARED = /^(ADD|DROP|MODIFY|COMMENT|RENAME|ALTER) COLUMN/

/** `ALTER TABLE name ...` on the local tables, and what is about columns on the Distributed ones as well. */
export function alterTable(tokens: readonly Token[], { cluster, database }: Place): string[] {
  const table = tokens.filter(({ kind }) => kind === 'word')[2]
  if (table === undefined) throw refuse('an ALTER without a table')
  const commands = commandsOf(tokens.slice(tokens.indexOf(table) + 1))
  const shared = commands.filter((command) => SHARED.test(headOf(command))).map(asText)
  const alter = (name: string, list: readonly string[]) =>
    `ALTER TABLE ${database}.${name} ON CLUSTER '${cluster}'\n    ${list.join(',\n    ')}`
  const local = alter(
    `${table.text}_local`,
    commands.map((command) => localText(command, database)),
  )
  return shared.length === 0 ? [local] : [local, alter(table.text, shared)]
}

/** `MODIFY SETTING a = 1, b = 2` is one command with a comma in it: what begins with no verb belongs to the one before. */
function commandsOf(tokens: readonly Token[]): Token[][] {
  const commands: Token[][] = []
  for (const part of splitAtCommas(tokens)) {
    const verb = solid(part)[0]?.text.toUpperCase() ?? ''
    const last = commands.at(-1)
    if (VERBS.has(verb) || last === undefined) commands.push(part)
    else last.push({ kind: 'mark', text: ',' }, ...part)
  }
  return commands
}

function headOf(command: readonly Token[]): string {
  return solid(command)
    .slice(0, 2)
    .map(({ text }) => text.toUpperCase())
    .join(' ')
}

function localText(command: readonly Token[], database: string): string {
  if (headOf(command) === 'REPLACE PARTITION') {
    const source = command.findLast(({ kind }) => kind === 'word')
    const rest = textOf(command.filter((token) => token !== source)).trim()
    // A shard may have nothing in this partition; without the setting, later servers refuse that.
    return `${rest} ${database}.${source?.text}_local SETTINGS allow_replace_partition_from_empty_source = 1`
  }
  if (headOf(command) !== 'MODIFY SETTING') return asText(command)
  const setting = command.findIndex((token) => is(token, 'SETTING'))
  return `MODIFY SETTING ${replicatedSettings(command.slice(setting + 1))}`
}

function asText(command: readonly Token[]): string {
  return textOf(command).trim()
}
