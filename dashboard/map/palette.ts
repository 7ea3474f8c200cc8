/** The colours a canvas needs, as the browser resolved them for the current theme. */
export interface Palette {
  readonly land: string
  readonly border: string
  readonly water: string
  readonly ink: string
  readonly muted: string
  readonly agent: string
  readonly surface: string
  readonly tcp: string
  readonly quic: string
  readonly failed: string
}

/** Reads the style sheet's colours. A canvas does not know custom properties, so each is resolved on a probe. */
export function readPalette(host: HTMLElement): Palette {
  const { ownerDocument: document } = host
  const probe = document.createElement('span')
  probe.hidden = true
  host.append(probe)
  const colour = (name: string) => {
    probe.style.setProperty('color', `var(--${name})`)
    return document.defaultView?.getComputedStyle(probe).color ?? 'gray'
  }
  const palette = {
    land: colour('land'),
    border: colour('land-border'),
    water: colour('water'),
    ink: colour('ink'),
    muted: colour('muted'),
    agent: colour('agent'),
    surface: colour('surface'),
    tcp: colour('tcp'),
    quic: colour('quic'),
    failed: colour('failed'),
  }
  probe.remove()
  return palette
}
