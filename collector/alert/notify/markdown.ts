import type { Message } from '../message.ts'
import { fitting, headlineOf, itemsOf } from './words.ts'

/** Signs that mean something in Markdown or to a chat, as ones that only look like them. */
const HARMLESS: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '[': '［',
  ']': '］',
  '*': '∗',
  '`': "'",
  '#': '＃',
  '@': '＠',
}

/**
 * Text of others for chats whose Markdown has no escapes that hold everywhere: it mentions nobody, links nowhere and stays on
 * one line.
 */
export function harmless(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>[\]*`#@]/g, (sign) => HARMLESS[sign] ?? sign)
}

/** A message as Markdown: a heading, and an item of a list for each thing it is about, as many as fit. */
export function markdownOf(
  message: Pick<Message, 'incidents' | 'decisions'>,
  dashboardUrl: string | null,
  bytesMax: number,
): string {
  const heading = `### ${harmless(`Streamgauge: ${headlineOf(message)}`)}`
  const items = itemsOf(message, dashboardUrl).map(({ title, facts, link }) => {
    const lines = facts.map((fact) => `  - ${harmless(fact)}`)
    const more = link === null ? [] : [`  - [dashboard](${link})`]
    return [`- **${harmless(title)}**`, ...lines, ...more].join('\n')
  })
  return `${heading}\n${fitting(items, '\n', bytesMax - Buffer.byteLength(heading) - 1)}`
}
