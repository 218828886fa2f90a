/** Views in a page without any kernel, as `npm run export` writes it: each stands as a picture and comes alive in its place. */
import { parseView } from 'layerscope/spec'
import { snapshotLink } from '../parts/index.ts'
import { render } from '../renderers/index.ts'
import { plotlyComes, runPlotly } from './plotly.ts'

/** How far below the window a view is drawn before it is seen, in pixels. */
const AHEAD = 800

function wake(box: Element): void {
  const saved = box.querySelector('script[type="application/json"]')
  const picture = box.querySelector('img')
  const drawn = document.createElement('div')
  try {
    const view = parseView(JSON.parse(saved?.textContent ?? ''))
    picture?.replaceWith(drawn)
    render(view, drawn, { live: snapshotLink })
  } catch {
    // Hostile or newer: its picture stays, if it has one.
    if (picture) drawn.replaceWith(picture)
  }
}

plotlyComes(async () => {
  const source = document.querySelector('script#plotly')?.textContent
  if (!source) throw new Error('this page was written without plotly')
  return runPlotly(source)
})

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
for (const box of document.querySelectorAll('.saved-view')) seen.observe(box)
addEventListener('beforeprint', () => {
  for (const box of document.querySelectorAll('.saved-view')) {
    seen.unobserve(box)
    if (box.querySelector(':scope > img')) wake(box)
  }
})
