import { html, setAttribute, svg } from '../dom/element.ts'
import {
  formatHash,
  incidentsHash,
  type Route,
  steeringHash,
  WINDOWS,
  type WindowKey,
} from '../routing/hash.ts'
import { incidentsLink } from './incidents-link.ts'
import { linkStatus } from './link-status.ts'
import { themeButton } from './theme.ts'

/** These have a time of their own, or look further back than runs are looked at, or show what is now. */
const WITHOUT_WINDOW: ReadonlySet<string> = new Set<Route['page']['name']>([
  'measurement',
  'incidents',
  'incident',
  'steering',
  'decisions',
  'decision',
])
const ABOUT_STEERING: ReadonlySet<string> = new Set<Route['page']['name']>([
  'steering',
  'decisions',
  'decision',
])

/** The bar at the top of every page. */
export interface Header {
  readonly element: HTMLElement
  readonly status: ReturnType<typeof linkStatus>
  readonly incidents: ReturnType<typeof incidentsLink>
  /** Points the links at the windows of this route. */
  readonly show: (route: Route) => void
}

/** Makes the header: name, link state, window selector, links, theme. */
export function createHeader(document: Document, storage: Storage, themeChanged: () => void): Header {
  const status = linkStatus(document)
  const incidents = incidentsLink(document)
  const home = html(document, 'a', { class: 'brand' }, logo(document), 'Streamgauge')
  const windows = Object.entries(WINDOWS).map(([key, window]) => ({
    key: key as WindowKey,
    link: html(document, 'a', {}, window.name),
  }))
  const selector = html(
    document,
    'nav',
    { class: 'windows', 'aria-label': 'Window' },
    ...windows.map(({ link }) => link),
  )
  const steering = html(document, 'a', {}, 'Steering')
  const links = html(
    document,
    'nav',
    { class: 'links', 'aria-label': 'Elsewhere' },
    incidents.element,
    steering,
    html(document, 'a', { href: '/docs' }, 'API'),
    themeButton(document, storage, themeChanged),
  )
  const show = (route: Route) => {
    setAttribute(home, 'href', formatHash({ ...route, page: { name: 'overview' } }))
    setAttribute(incidents.link, 'href', incidentsHash(route))
    setAttribute(incidents.link, 'aria-current', route.page.name === 'incidents' ? 'page' : null)
    setAttribute(steering, 'href', steeringHash(route))
    setAttribute(steering, 'aria-current', ABOUT_STEERING.has(route.page.name) ? 'page' : null)
    selector.hidden = WITHOUT_WINDOW.has(route.page.name)
    for (const { key, link } of windows) {
      setAttribute(link, 'href', formatHash({ ...route, window: key }))
      setAttribute(link, 'aria-current', key === route.window ? 'true' : null)
    }
  }
  const element = html(document, 'header', { class: 'top' }, home, status.element, selector, links)
  return { element, status, incidents, show }
}

function logo(document: Document): SVGSVGElement {
  const staff = svg(document, 'path', { class: 'staff', d: 'M4 2v16M4 2h4M4 7.300h6M4 12.600h4M4 18h6' })
  const water = svg(document, 'path', {
    class: 'water',
    d: 'M11 12.500c1.600-2.400 3-2.400 4.500 0s3 2.400 4.500 0',
  })
  return svg(
    document,
    'svg',
    { viewBox: '0 0 22 20', width: 22, height: 20, 'aria-hidden': 'true' },
    staff,
    water,
  )
}
