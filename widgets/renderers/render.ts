/** Draws a spec by whichever renderers a host has, all of them or one by one as they are asked for. */
import type { ViewSpec } from 'layerscope/spec'
import { h, type RenderContext, type Rendered, type Renderer } from '../parts/index.ts'

export type Kind = ViewSpec['kind']
type Of<K extends Kind> = Renderer<Extract<ViewSpec, { kind: K }>>
/** Which renderer draws which kind of spec. */
export type Renderers = { [K in Kind]: Of<K> }
/** The same, each loaded with the first view of its kind. */
export type LazyRenderers = { [K in Kind]: () => Promise<Of<K>> }

type Any = Renderers[Kind]
/** Of a table that pairs each kind with the renderer of that kind; undefined when the host has none for it. */
type Find = (kind: Kind) => Any | Promise<Any> | undefined

/** A function that draws a spec. An error stays in the view's own box, with a way to see what happened; the next state draws anew. */
export function renderWith(
  find: Find,
): (spec: ViewSpec, element: HTMLElement, context: Omit<RenderContext, 'signal'>) => Rendered {
  return (spec, element, context) => {
    let abort = new AbortController()
    let rendered: Rendered | null = null
    /** The newest state: what is drawn when its renderer has come. */
    let newest = spec
    let coming = false
    let kind = spec.kind
    const stop = () => {
      abort.abort()
      coming = false
      try {
        rendered?.dispose()
      } finally {
        rendered = null
      }
    }
    const fail = (e: unknown) => {
      try {
        stop()
      } catch {
        // What went wrong first is what is told.
      }
      showError(element, e)
    }
    const guard = (f: () => void) => {
      try {
        f()
      } catch (e) {
        fail(e)
      }
    }
    const start = () =>
      guard(() => {
        abort = new AbortController()
        const { signal } = abort
        kind = newest.kind
        const draw = (renderer: Any) =>
          guard(() => {
            // The table pairs each kind with the renderer of that kind.
            rendered = (renderer as Renderer)(newest, element, { ...context, signal })
          })
        const found = find(kind)
        if (!found) throw new Error(`there is no renderer for ${kind} here`)
        if (!(found instanceof Promise)) return draw(found)
        coming = true
        found.then(
          renderer => {
            if (signal.aborted) return
            coming = false
            draw(renderer)
          },
          (e: unknown) => {
            if (!signal.aborted) fail(e)
          },
        )
      })
    start()
    return {
      update: next => {
        newest = next
        if (next.kind === kind) {
          if (rendered) return guard(() => rendered?.update(next))
          if (coming) return
        }
        guard(stop)
        start()
      },
      dispose: () => {
        guard(stop)
        element.replaceChildren()
      },
    }
  }
}

/** A sentence in the place of a view, with details on demand. */
export function showError(
  element: HTMLElement,
  error: unknown,
  sentence = 'This view could not be drawn.',
): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  element.replaceChildren(
    h(
      'div',
      { class: 'ls-view' },
      h(
        'section',
        { class: 'ls-frame ls-failed', role: 'alert' },
        h('p', {}, h('b', {}, sentence)),
        h('details', {}, h('summary', {}, 'What happened'), h('pre', {}, text)),
      ),
    ),
  )
}
