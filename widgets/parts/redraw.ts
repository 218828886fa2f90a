/** Renderers that draw every state of a view anew. */
import { decode, type Encoded, type ViewSpec } from 'layerscope/spec'
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

/**
 * A renderer from a view that is made anew for another state, and stays for the same one: the kernel repeats what it has
 * when it says hello, and what the reader typed or moved and where he stands must outlast that.
 * @param same whether `next` shows what `current`, or the view by now, shows already
 */
export function remaking<S extends ViewSpec, V extends { dispose(): void }>(
  make: (spec: S, element: HTMLElement, context: RenderContext) => V,
  same: (next: S, current: S, view: V) => boolean,
): Renderer<S> {
  return (spec, element, context) => {
    let current = spec
    let view = make(spec, element, context)
    return {
      update(next) {
        if (same(next, current, view)) return
        current = next
        keepFocus(element, () => {
          view.dispose()
          view = make(next, element, context)
        })
      },
      dispose: () => view.dispose(),
    }
  }
}

/** Whether two tensors hold the same numbers, however they are encoded. */
export function sameNumbers(p: Encoded | null, q: Encoded | null): boolean {
  if (!p || !q) return p === q
  if (p.shape.join() !== q.shape.join()) return false
  const [v, u] = [decode(p), decode(q)]
  return v.every((n: number, i: number) => Object.is(n, u[i]))
}
