import { html, setAttribute } from '../dom/element.ts'
import { formatHash, PASTS, type PastKey, type Route } from '../routing/hash.ts'

/** Links to the same list over a longer or shorter time. */
export function createPastChoice(document: Document): {
  readonly element: HTMLElement
  readonly show: (route: Route) => void
} {
  const links = Object.entries(PASTS).map(([key, { name }]) => ({
    key: key as PastKey,
    link: html(document, 'a', {}, name),
  }))
  const element = html(
    document,
    'nav',
    { class: 'choice', 'aria-label': 'How far back' },
    ...links.map(({ link }) => link),
  )
  const show = (route: Route) => {
    for (const { key, link } of links) {
      setAttribute(link, 'href', formatHash({ ...route, past: key }))
      setAttribute(link, 'aria-current', key === route.past ? 'true' : null)
    }
  }
  return { element, show }
}
