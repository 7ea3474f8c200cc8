import { KEEPER_PATH, type Place, refuse } from './place.ts'
import { replicatedSettings } from './settings.ts'
import { depths, is, solid, type Token, textOf } from './tokens.ts'

/** `CREATE TABLE [IF NOT EXISTS] name (...) ENGINE = XMergeTree ...` as a Replicated table and a Distributed one over it. */
export function createTable(tokens: readonly Token[], { cluster, database }: Place): string[] {
  const depth = depths(tokens)
  const at = (test: (token: Token, index: number) => boolean) =>
    tokens.findIndex((token, index) => depth[index] === 0 && test(token, index))
  const body = tokens.findIndex(({ text }) => text === '(')
  const engine = at((token) => is(token, 'ENGINE'))
  if (body < 0 || engine < body) throw refuse('a table without columns or engine')
  const name = solid(tokens.slice(0, body)).at(-1)?.text ?? ''
  const columns = textOf(tokens.slice(body, engine)).trim()
  const settings = at((token, index) => index > engine && is(token, 'SETTINGS'))
  const order = at((token, index) => index > engine && is(token, 'ORDER'))
  const { family, args, end } = engineOf(tokens, engine)
  const clauses = textOf(tokens.slice(end, settings < 0 ? undefined : settings)).trim()
  const table = {
    engine: `Replicated${family}('${KEEPER_PATH}/${name}_local', '{replica}'${args === '' ? '' : `, ${args}`})`,
    settings: settings < 0 ? '' : `\nSETTINGS ${replicatedSettings(tokens.slice(settings + 1))}`,
  }
  const local = `${database}.${name}_local`
  const key = shardingKey(columns, order < 0 ? [] : tokens.slice(order + 1))
  return [
    `CREATE TABLE IF NOT EXISTS ${local} ON CLUSTER '${cluster}'\n${columns}\nENGINE = ${table.engine}\n${clauses}${table.settings}`,
    `CREATE TABLE IF NOT EXISTS ${database}.${name} ON CLUSTER '${cluster}' AS ${local}\nENGINE = Distributed('${cluster}', '${database}', '${name}_local', ${key})`,
  ]
}

function engineOf(tokens: readonly Token[], engine: number) {
  const family = tokens.findIndex((token, index) => index > engine && token.kind === 'word')
  const name = tokens[family]?.text ?? ''
  if (!/^\w*MergeTree$/.test(name) || name.startsWith('Replicated'))
    throw refuse(`a table of engine "${name}"`)
  const next = tokens.findIndex((token, index) => index > family && token.kind !== 'blank')
  if (tokens[next]?.text !== '(') return { family: name, args: '', end: family + 1 }
  const depth = depths(tokens)
  const close = tokens.findIndex(
    ({ text }, index) => index > next && text === ')' && depth[index] === depth[next],
  )
  return { family: name, args: textOf(tokens.slice(next + 1, close)).trim(), end: close + 1 }
}

/**
 * A function of the row alone, so that a repeated batch is split as it was the first time, and each shard knows its part by the
 * token. By agent, so that a batch of one agent goes to one shard; where there is none, by the first column of the order.
 */
function shardingKey(columns: string, order: readonly Token[]): string {
  if (/[(,]\s*agent_id\s+(?!\s|Nullable|LowCardinality\(Nullable)/.test(columns))
    return 'cityHash64(agent_id)'
  const [by, ...rest] = solid(order)
  const list = by !== undefined && is(by, 'BY') ? rest : []
  const [column, next] = list[0]?.text === '(' ? list.slice(1) : list
  if (column === undefined || !/^[a-z_]\w*$/i.test(column.text) || next?.text === '(') {
    throw refuse('an order that does not begin with a column')
  }
  return `cityHash64(${column.text})`
}
