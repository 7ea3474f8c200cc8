import { type Place, refuse } from './place.ts'
import { is, solid, type Token, textOf } from './tokens.ts'

/** What may follow a table's name and is not its alias. */
const CLAUSES = new Set(
  'ARRAY,LEFT,INNER,CROSS,JOIN,ANY,ASOF,GLOBAL,ON,USING,PREWHERE,WHERE,GROUP,HAVING,WINDOW,QUALIFY,ORDER,LIMIT,OFFSET,SETTINGS,UNION,INTERSECT,EXCEPT,FINAL,SAMPLE,RIGHT,FULL,SEMI,ANTI,PASTE'.split(
    ',',
  ),
)

/**
 * A view on every server. A materialized one goes from the table there to the table there: each row is seen by the one server
 * it was inserted at, and its replicas get the result by replication. A plain one reads the Distributed tables.
 */
export function createView(tokens: readonly Token[], place: Place): string[] {
  const { cluster, database } = place
  const words = tokens.map((token, index) => ({ token, index })).filter(({ token }) => token.kind !== 'blank')
  const as = words.findIndex(({ token }) => is(token, 'AS'))
  const to = words.findIndex(({ token }, at) => at < as && is(token, 'TO'))
  const materialized = is(words[1]?.token, 'MATERIALIZED')
  if (as < 0) throw refuse('a view without AS')
  if (materialized && to < 0) throw refuse('a materialized view without TO')
  const name = words[(to < 0 ? as : to) - 1]?.token.text ?? ''
  const query = tokens.slice((words[as]?.index ?? 0) + 1)
  if (!materialized) {
    return [`CREATE VIEW IF NOT EXISTS ${database}.${name} ON CLUSTER '${cluster}' AS${textOf(query)}`]
  }
  const target = words[to + 1]?.token.text ?? ''
  if (words[to + 2]?.index !== words[as]?.index) throw refuse('a materialized view with columns of its own')
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${name} ON CLUSTER '${cluster}' TO ${database}.${target}_local AS${fromLocal(query, database)}`,
  ]
}

/** The query with every table it reads replaced by the local one, under its old name where it has no alias. */
function fromLocal(query: readonly Token[], database: string): string {
  const named = new Set(
    solid(query).flatMap(({ text }, index, all) =>
      is(all[index + 1], 'AS') && all[index + 2]?.text === '(' ? [text] : [],
    ),
  )
  return query
    .map((token, index) => {
      const before = query.slice(0, index).findLast(({ kind }) => kind !== 'blank')
      const after = query.slice(index + 1).find(({ kind }) => kind !== 'blank')
      const table = (is(before, 'FROM') || is(before, 'JOIN')) && token.kind === 'word' && after?.text !== '('
      if (!table || named.has(token.text)) return token.text
      if (after?.text === '.') throw refuse('a view that names a database')
      const alias = after?.kind === 'word' && !CLAUSES.has(after.text.toUpperCase())
      return `${database}.${token.text}_local${alias ? '' : ` AS ${token.text}`}`
    })
    .join('')
}
