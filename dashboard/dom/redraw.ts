/**
 * Puts other content in the place of what a host shows. What has the same `data-key` afterwards keeps the focus, and stays
 * unfolded if it was.
 */
export function redraw(host: HTMLElement, ...content: readonly Node[]): void {
  const focused = host.querySelector<HTMLElement>('[data-key]:focus')?.dataset.key
  const unfolded = keysOf(host.querySelectorAll<HTMLElement>('details[data-key][open]'))
  host.replaceChildren(...content)
  for (const details of host.querySelectorAll<HTMLElement>('details[data-key]'))
    if (unfolded.has(details.dataset.key)) details.toggleAttribute('open', true)
  if (focused !== undefined)
    host.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
}

function keysOf(elements: Iterable<HTMLElement>): ReadonlySet<string | undefined> {
  return new Set([...elements].map(({ dataset }) => dataset.key))
}
