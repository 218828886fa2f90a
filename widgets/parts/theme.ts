import type { Theme } from 'layerscope/spec'

/** The page's theme: JupyterLab's attribute, else what the reader's system prefers. */
export function theme(): Theme {
  const said = document.body.dataset.jpThemeLight
  if (said !== undefined) return said === 'false' ? 'dark' : 'light'
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

/** Calls `f` whenever the theme changes; marks `root` with it. */
export function followTheme(root: HTMLElement, f: () => void, signal: AbortSignal): void {
  let last = theme()
  root.dataset.lsTheme = last
  const look = () => {
    const now = theme()
    if (now === last) return
    last = now
    root.dataset.lsTheme = now
    f()
  }
  const observer = new MutationObserver(look)
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name'],
  })
  signal.addEventListener('abort', () => observer.disconnect())
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', look, { signal })
}

export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches
