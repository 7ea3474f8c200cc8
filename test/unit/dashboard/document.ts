import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'

/** An element of the tiny document: what charts built from `dom/element.ts` ask of one, and no more. */
class TinyElement {
  readonly name: string
  readonly attributes = new Map<string, string>()
  readonly children: (TinyElement | string)[] = []

  constructor(name: string) {
    this.name = name
  }

  setAttribute(name: string, value: string) {
    this.attributes.set(name, value)
  }

  append(...children: (TinyElement | string)[]) {
    this.children.push(...children)
  }
}

/** A document that can make SVG elements; Node has none, and a whole DOM is not worth a dependency. */
export function tinyDocument(): Document {
  const document = { createElementNS: (_space: string, name: string) => new TinyElement(name) }
  return document as unknown as Document
}

/** An element of the tiny document as indented XML. */
export function toXml(element: SVGElement): string {
  return `${lines(element as unknown as TinyElement, '').join('\n')}\n`
}

/**
 * Compares a text with a reviewed file of `test/snapshots/dashboard`. When they differ, the new text is written beside
 * it with `-changed` in its name: look at it, and move it over the old one when it is right.
 */
export async function matchesSnapshot(name: string, text: string): Promise<void> {
  const folder = new URL('../../snapshots/dashboard/', import.meta.url)
  const expected = await readFile(new URL(name, folder), 'utf8').catch(() => '')
  if (expected === text) return
  const changed = name.replace(/(\.[a-z]+)$/, '-changed$1')
  await writeFile(new URL(changed, folder), text)
  assert.fail(`${name} differs; see ${changed} beside it`)
}

function lines(element: TinyElement, indent: string): string[] {
  const attributes = [...element.attributes].map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join('')
  const xmlns = element.name === 'svg' ? ' xmlns="http://www.w3.org/2000/svg"' : ''
  const open = `${indent}<${element.name}${xmlns}${attributes}`
  if (element.children.length === 0) return [`${open}/>`]
  const [only] = element.children
  if (element.children.length === 1 && typeof only === 'string')
    return [`${open}>${escapeXml(only)}</${element.name}>`]
  const inner = element.children.flatMap((child) =>
    typeof child === 'string' ? [`${indent}  ${escapeXml(child)}`] : lines(child, `${indent}  `),
  )
  return [`${open}>`, ...inner, `${indent}</${element.name}>`]
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
