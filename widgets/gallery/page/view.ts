/** Draws the examples of a page from what was saved, and lends their links to the library where it runs in the page. */
import { LIVE_TARGET, parseView } from 'layerscope/spec'
import { Link } from '../../adapters/link.ts'
import { render } from '../../renderers/index.ts'
import type { PageHost } from './host.ts'

declare const __VERSION__: string

/** What the two scripts of a page share. */
export interface Shared {
  /** Makes the drawn example a live view of the library in this page. */
  connect(example: string, host: PageHost, view: string): void
}
declare global {
  var layerscopeGallery: Shared | undefined
}

const links = new Map<string, Link>()

for (const figure of document.querySelectorAll<HTMLElement>('.example')) {
  const box = figure.querySelector<HTMLElement>('.view')
  const saved = figure.querySelector('script.spec')
  if (!box || !saved) continue
  const link = new Link(view => drawn.update(view), __VERSION__)
  const drawn = render(parseView(JSON.parse(saved.textContent ?? '')), box, { live: link })
  links.set(figure.id, link)
}

globalThis.layerscopeGallery = {
  connect: (example, host, view) => links.get(example)?.connect(() => host.comm(LIVE_TARGET), view),
}

/** The theme: the reader's choice, else the system's. */
const choices = document.querySelectorAll<HTMLInputElement>('input[name="theme"]')
const apply = (theme: string) => {
  const { dataset } = document.body
  if (theme === 'system') {
    delete dataset.jpThemeLight
    delete document.documentElement.dataset.theme
  } else {
    dataset.jpThemeLight = String(theme === 'light')
    document.documentElement.dataset.theme = theme
  }
  choices.forEach(c => (c.checked = c.value === theme))
}
const KEY = 'layerscope-gallery-theme'
let kept: string | null = null
try {
  kept = localStorage.getItem(KEY)
} catch {
  // A page from disk may have no storage: the choice lasts as long as the page.
}
apply(kept === 'light' || kept === 'dark' ? kept : 'system')
choices.forEach(c =>
  c.addEventListener('change', () => {
    apply(c.value)
    try {
      localStorage.setItem(KEY, c.value)
    } catch {
      // as above
    }
  }),
)
