/** Renderers that draw every state of a view anew. */
import type { ViewSpec } from 'layerscope/spec'
import { keepFocus } from './focus.ts'
import type { RenderContext, Renderer } from './renderer.ts'

/**
 * A renderer from a function that draws a state and returns how to say where the reader stands, which the next drawing
 * is given. What one drawing listens to ends before the next; the keyboard keeps its place.
 */
export function redrawing<S extends ViewSpec, Place>(
  draw: (
    spec: S,
    element: HTMLElement,
    context: RenderContext,
    place: Place | null,
  ) => () => Place | null,
): Renderer<S> {
  return (spec, element, context) => {
    let abort = new AbortController()
    let where: (() => Place | null) | null = null
    const show = (s: S) => {
      const place = where?.() ?? null
      abort.abort()
      abort = new AbortController()
      keepFocus(element, () => {
        where = draw(s, element, { ...context, signal: abort.signal }, place)
      })
    }
    show(spec)
    return { update: show, dispose: () => abort.abort() }
  }
}
