/** The keyboard keeps its place when a part of a view is made anew; lost focus would hand the next key to the page. */
const FOCUSABLE = 'button, input, summary, [tabindex]'

const focusables = (container: HTMLElement): HTMLElement[] => [
  ...container.querySelectorAll<HTMLElement>(FOCUSABLE),
]

/** Runs `rebuild`; if the focus was in `container`, it is on the element in the same place afterwards, or the first. */
export function keepFocus(container: HTMLElement, rebuild: () => void): void {
  const active = document.activeElement
  const within = active instanceof HTMLElement && container.contains(active)
  const place = within ? focusables(container).indexOf(active) : -1
  rebuild()
  if (!within || container.contains(document.activeElement)) return
  const now = focusables(container).filter(e => !e.hasAttribute('disabled'))
  const next = now[place] ?? now[0] ?? container.closest<HTMLElement>('.ls-frame')
  next?.focus({ preventScroll: true })
}
