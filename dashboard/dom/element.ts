/** What an element may hold; `null` is left out. Strings become text, never markup. */
export type Child = Node | string | null

/** Attributes by name. `null` and `false` leave the attribute out, `true` sets it empty. Never `style`: the CSP forbids it. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>

const SVG = 'http://www.w3.org/2000/svg'

/** Makes an HTML element. */
export function html<K extends keyof HTMLElementTagNameMap>(
  document: Document,
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children)
}

/** Makes an SVG element. Numbers are rounded to 0.01, so that noise is no difference in a snapshot. */
export function svg<K extends keyof SVGElementTagNameMap>(
  document: Document,
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, name), attributes, children)
}

/** Sets a node's text only when it differs, so that nothing is repainted or re-announced in vain. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Sets or removes an attribute only when it differs. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return
  if (value === null) element.removeAttribute(name)
  else element.setAttribute(name, value)
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue
    element.setAttribute(name, typeof value === 'number' ? round(value) : value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100)
}
