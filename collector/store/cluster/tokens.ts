/** A piece of SQL as it stands in the text; whitespace and comments are `blank`. */
export interface Token {
  readonly kind: 'word' | 'text' | 'blank' | 'mark'
  readonly text: string
}

/** Comments and space; quoted strings; names and numbers (quoted names too); anything else, a character each. */
const PIECES =
  /(?<blank>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>'(?:[^'\\]|\\[\s\S]|'')*')|(?<word>[\w$]+|`[^`]*`|"[^"]*")|(?<mark>[\s\S])/g

/** Cuts SQL into pieces; joined they are the text again. */
export function tokenize(sql: string): Token[] {
  return [...sql.matchAll(PIECES)].map(({ 0: text, groups }) => {
    if (groups?.blank !== undefined) return { kind: 'blank', text }
    if (groups?.text !== undefined) return { kind: 'text', text }
    return { kind: groups?.word === undefined ? 'mark' : 'word', text }
  })
}

/** The text of pieces. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('')
}

/** Whether a piece is this keyword, in any case. */
export function is(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === keyword
}

/** Pieces without whitespace and comments. */
export function solid(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== 'blank')
}

/** How deep in parentheses each piece is; a parenthesis itself is as deep as what is in it. */
export function depths(tokens: readonly Token[]): number[] {
  let depth = 0
  return tokens.map(({ text }) => {
    if (text === '(') return ++depth
    if (text === ')') return depth--
    return depth
  })
}

/** The pieces between commas that are in no parentheses. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const depth = depths(tokens)
  const parts: Token[][] = [[]]
  tokens.forEach((token, index) => {
    if (token.text === ',' && depth[index] === 0) parts.push([])
    else parts.at(-1)?.push(token)
  })
  return parts
}
