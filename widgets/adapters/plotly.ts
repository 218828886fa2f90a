/** How plotly comes to a page that cannot import a chunk: its bundle asks the host, with the first plot. */
declare global {
  var layerscopePlotly: (() => Promise<unknown>) | undefined
  var Plotly: unknown
}

/** Says how; the first host of a page that does is asked. */
export function plotlyComes(load: () => Promise<unknown>): void {
  globalThis.layerscopePlotly ??= load
}

/** Runs a script's source in the page. @throws Error when it does not define plotly */
export function runPlotly(source: string): unknown {
  const script = document.createElement('script')
  script.textContent = source
  document.head.append(script)
  script.remove()
  if (globalThis.Plotly === undefined) throw new Error('plotly did not start in this page')
  return globalThis.Plotly
}
