import { html } from '../dom/element.ts'

const CHOICES = ['system', 'light', 'dark'] as const
/** `system` follows the reader's own setting. */
export type Theme = (typeof CHOICES)[number]

const NAMES: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' }
const KEY = 'streamgauge.theme'

/** A button that goes through the themes, remembers the choice in this browser, and sets `data-theme` on the root. */
export function themeButton(document: Document, storage: Storage, changed: () => void): HTMLButtonElement {
  const button = html(document, 'button', { type: 'button', class: 'quiet theme' })
  let theme = remembered(storage)
  const show = () => {
    document.documentElement.dataset.theme = theme
    button.textContent = `Theme: ${NAMES[theme]}`
    changed()
  }
  button.addEventListener('click', () => {
    theme = nextTheme(theme)
    remember(storage, theme)
    show()
  })
  show()
  return button
}

/** The theme after this one. */
export function nextTheme(theme: Theme): Theme {
  return CHOICES[(CHOICES.indexOf(theme) + 1) % CHOICES.length] ?? 'system'
}

// Storage throws in a browser that keeps nothing; the choice then lasts as long as the page.
function remembered(storage: Storage): Theme {
  try {
    return CHOICES.find((choice) => choice === storage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}

function remember(storage: Storage, theme: Theme): void {
  try {
    storage.setItem(KEY, theme)
  } catch {
    return
  }
}
