import { StartError } from '../../error.ts'
import { alterTable } from './alter.ts'
import { createTable } from './create_table.ts'
import { createView } from './create_view.ts'
import { type Place, refuse } from './place.ts'
import { is, solid, textOf, tokenize } from './tokens.ts'

/**
 * A schema statement, written for one server, as the statements that do the same on every server of a cluster: each table
 * becomes `<name>_local` with a Replicated engine, and `<name>`, a Distributed table over it, so that whoever reads or inserts
 * by name need not know. Pure. Throws a `StartError` `CLUSTER_STATEMENT` for a statement that has no such form.
 */
export function forCluster(statement: string, place: Place): string[] {
  const tokens = tokenize(withoutHeader(statement))
  const [first, second, third] = solid(tokens)
  if (is(first, 'CREATE') && is(second, 'TABLE')) return createTable(tokens, place)
  if (is(first, 'CREATE') && is(second, 'MATERIALIZED') && is(third, 'VIEW')) return createView(tokens, place)
  if (is(first, 'CREATE') && is(second, 'VIEW')) return createView(tokens, place)
  if (is(first, 'ALTER') && is(second, 'TABLE')) return alterTable(tokens, place)
  if (is(first, 'TRUNCATE') && is(second, 'TABLE')) return [truncate(solid(tokens).at(-1)?.text ?? '', place)]
  if (is(first, 'DROP') && (is(second, 'TABLE') || is(second, 'VIEW')))
    return drop(second?.text.toUpperCase() ?? '', solid(tokens).at(-1)?.text ?? '', place)
  // A fill reads and writes the Distributed tables; it runs once, not once on each server.
  if (is(first, 'INSERT') && is(second, 'INTO')) return [textOf(tokens)]
  throw refuse(`a schema statement that begins with "${first?.text ?? ''} ${second?.text ?? ''}"`)
}

function truncate(table: string, { cluster, database }: Place): string {
  if (!/^\w+$/.test(table)) throw new StartError('CLUSTER_STATEMENT', `cannot truncate "${table}"`)
  return `TRUNCATE TABLE ${database}.${table}_local ON CLUSTER '${cluster}' SYNC`
}

/** A view is one on every server; a table is the Distributed one and the local one. */
function drop(kind: string, name: string, { cluster, database }: Place): string[] {
  if (!/^\w+$/.test(name)) throw refuse(`dropping "${name}"`)
  const names = kind === 'VIEW' ? [name] : [name, `${name}_local`]
  return names.map((one) => `DROP ${kind} IF EXISTS ${database}.${one} ON CLUSTER '${cluster}' SYNC`)
}

/** A schema file begins with comments, which servers need not keep. */
function withoutHeader(statement: string): string {
  return statement.replace(/^(\s*--[^\n]*\n)+/, '').trim()
}
