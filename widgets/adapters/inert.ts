/** Views in a page without any kernel, as `npm run export` writes it: each stands as a picture and comes alive in its place. */
import { parseView } from 'layerscope/spec'
import { snapshotLink } from '../parts/index.ts'
import { renderWith, type Renderers } from '../renderers/render.ts'

/** How far below the window a view is drawn before it is seen, in pixels. */
const AHEAD = 800

/** Draws each view of the page when it is about to be seen. */
export function wakeAll(renderers: Partial<Renderers>): void {
  const render = renderWith(kind => renderers[kind])
  const wake = (box: Element) => {
    const saved = box.querySelector('script[type="application/json"]')
    const still = box.querySelector(':scope > :not(script)')
    try {
      const view = parseView(JSON.parse(saved?.textContent ?? ''))
      const drawn = document.createElement('div')
      still?.replaceWith(drawn)
      render(view, drawn, { live: snapshotLink })
    } catch {
      // Hostile or newer: its picture stays.
    }
  }
  const boxes = document.querySelectorAll('.saved-view')
  const seen = new IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        seen.unobserve(target)
        wake(target)
      }
    },
    { rootMargin: `${AHEAD}px 0px` },
  )
  for (const box of boxes) seen.observe(box)
  addEventListener('beforeprint', () => {
    for (const box of boxes) {
      seen.unobserve(box)
      if (!box.querySelector('.ls-view')) wake(box)
    }
  })
}
