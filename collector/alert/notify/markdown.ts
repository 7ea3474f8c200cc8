import type { Incident } from '@streamgauge/contract'
import { factsIn, fitting, headlineOf, linkOf, titleOf } from './words.ts'

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

/** A message as Markdown: a heading, and an item of a list for each incident, as many as fit. */
export function markdownOf(
  incidents: readonly Incident[],
  dashboardUrl: string | null,
  bytesMax: number,
): string {
  const heading = `### ${harmless(`Streamgauge: ${headlineOf(incidents)}`)}`
  const items = incidents.map((one) => {
    const link = linkOf(one, dashboardUrl)
    const facts = factsIn(one).map((fact) => `  - ${harmless(fact)}`)
    const more = link === null ? [] : [`  - [dashboard](${link})`]
    return [`- **${harmless(titleOf(one))}**`, ...facts, ...more].join('\n')
  })
  return `${heading}\n${fitting(items, '\n', bytesMax - Buffer.byteLength(heading) - 1)}`
}
