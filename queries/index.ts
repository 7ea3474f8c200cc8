import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** A schema file as shipped. `checksum` is its SHA-256, in hex. */
export interface SchemaFile {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly text: string
}

/** The comment lines a file begins with. */
const HEADER = /^(--.*\n)+/

const texts = new Map<string, string>()

/**
 * The statement in `queries/<name>.sql`, read once. A line `-- include: <name>` stands for that part, so that what several
 * statements say alike is written once. Throws when there is no such file.
 */
export function sql(name: string): string {
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = withParts(read(name))
  texts.set(name, text)
  return text
}

/** Parts may have parts. */
function withParts(text: string): string {
  return text.replace(/^( *)-- include: ([\w/]+)$/gm, (_line, indent: string, part: string) => {
    const lines = withParts(read(part).replace(HEADER, '')).split('\n')
    return lines.map((line) => indent + line).join('\n')
  })
}

/** The schema files of `folder` (the shipped ones when left out), in the order they are applied. */
export function schemaFiles(folder: URL = new URL('./schema/', import.meta.url)): SchemaFile[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8').trim()
      const checksum = createHash('sha256').update(text).digest('hex')
      return { version: Number(name.slice(0, 4)), name, checksum, text }
    })
}

function read(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8').trim()
}
