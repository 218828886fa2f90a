/** What notebooks written for tslab import by the name "tslab": the public names of its version 1.0.22. */
import { randomUUID } from 'node:crypto'
import { encodeBundle } from './values/bundle.ts'
import type { Show } from './values/display.ts'

declare const __TYPESCRIPT__: string
const typescript = typeof __TYPESCRIPT__ === 'string' ? __TYPESCRIPT__ : 'dev'

interface Display {
  javascript(s: string): void
  html(s: string): void
  markdown(s: string): void
  latex(s: string): void
  svg(s: string): void
  png(b: Uint8Array): void
  jpeg(b: Uint8Array): void
  gif(b: Uint8Array): void
  pdf(b: Uint8Array): void
  text(s: string): void
  raw(contentType: string, b: string | Uint8Array): void
}

export interface TslabModule {
  versions: { tslab: string; typescript: string; node: string }
  display: Display
  newDisplay(): Display
}

/** @param show sends display_data, or update_display_data with `update` */
export function tslabModule(show: Show): TslabModule {
  const make = (id?: string): Display => {
    let update = false
    const raw = (contentType: string, b: string | Uint8Array): void => {
      show(encodeBundle({ [contentType]: b }), { id, update })
      // What newDisplay() gave shows in one place, which later calls overwrite.
      update = id !== undefined
    }
    return {
      javascript: s => raw('text/javascript', s),
      html: s => raw('text/html', s),
      markdown: s => raw('text/markdown', s),
      latex: s => raw('text/latex', s),
      svg: s => raw('image/svg+xml', s),
      png: b => raw('image/png', b),
      jpeg: b => raw('image/jpeg', b),
      gif: b => raw('image/gif', b),
      pdf: b => raw('application/pdf', b),
      text: s => raw('text/plain', s),
      raw,
    }
  }
  return {
    versions: { tslab: '1.0.22', typescript, node: process.version },
    display: make(),
    newDisplay: () => make(randomUUID()),
  }
}
