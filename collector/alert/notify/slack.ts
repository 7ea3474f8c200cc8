import type { Dialect } from './http.ts'
import { cut, headlineOf, type Item, itemsOf } from './words.ts'

/** Limits of Block Kit: signs of a header, of the text of a section, and blocks of a message. */
const HEADER_MAX_LENGTH = 150
const SECTION_MAX_LENGTH = 3_000
const BLOCKS_MAX_COUNT = 50

/**
 * An incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/), in Block Kit
 * (https://docs.slack.dev/reference/block-kit/blocks/section-block/). Slack asks for `&`, `<` and `>` as entities; without `<`
 * nothing is a mention or a link.
 */
export const slack: Dialect = {
  make({ url }, message, { dashboard_url }) {
    const headline = `Streamgauge: ${headlineOf(message)}`
    const text = headline.length > HEADER_MAX_LENGTH ? `${headline.slice(0, 149)}…` : headline
    const items = itemsOf(message, dashboard_url)
    const shown = items.slice(0, BLOCKS_MAX_COUNT - 2)
    const sections = shown.map((one) => ({
      type: 'section',
      text: { type: 'mrkdwn', text: sectionOf(one) },
    }))
    const header = { type: 'header', text: { type: 'plain_text', text, emoji: false } }
    const more = items.length - shown.length
    const rest = { type: 'context', elements: [{ type: 'plain_text', text: `and ${more} more` }] }
    const blocks = [header, ...sections, ...(more > 0 ? [rest] : [])]
    return { url, headers: {}, body: JSON.stringify({ text: entities(text), blocks }) }
  },
  resultOf: () => 'delivered',
}

/** An entity that was cut in two would be shown as it is, so text is cut before it is escaped; a sign becomes five at most. */
function sectionOf(item: Item): string {
  const { link } = item
  const end = link === null ? '' : `\n<${entities(link)}|dashboard>`
  const title = `*${entities(cut(oneLine(item.title), 200))}*`
  const facts = item.facts.map(oneLine)
  const text = (lines: readonly string[]) => `${title}\n${entities(lines.join('\n'))}${end}`
  if (text(facts).length <= SECTION_MAX_LENGTH) return text(facts)
  const [summary = '', ...others] = facts
  const room = SECTION_MAX_LENGTH - text(['', ...others]).length
  return text([cut(summary, Math.max(0, Math.floor(room / 5))), ...others])
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
