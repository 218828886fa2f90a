/**
 * A view in whatever speaks anywidget's contract: VS Code, Colab, marimo, Notebook. The model's `view` is the spec; a new one
 * is drawn in its place. With `live` true the view's events go to the command `event`, { name, payload } → the reply.
 */
import { parseView, type EventName, type ViewSpec } from 'layerscope/spec'
import { snapshotLink, type LiveLink } from '../parts/index.ts'
import { renderWith, showError, type Renderers } from '../renderers/render.ts'

/** What is used of anywidget's model. */
export interface Model {
  get(key: string): unknown
  on(event: string, f: () => void): void
  off(event: string, f: () => void): void
}
/** Calls a command of the kernel's side. */
export type Invoke = (
  name: string,
  message?: unknown,
) => Promise<[unknown, readonly (DataView | ArrayBuffer | Uint8Array)[]]>
export interface Props {
  model: Model
  el: HTMLElement
  experimental?: { invoke: Invoke }
  /** Newer hosts end a view by it, others by the function that `render` returns. */
  signal?: AbortSignal
}

const liveBy = (invoke: Invoke): LiveLink => ({
  ...snapshotLink,
  state: 'live',
  event: async (name: EventName, payload: unknown) => (await invoke('event', { name, payload }))[0],
})

/** The widget that draws these kinds of views: a module for each keeps what is loaded small. */
export const widget = (renderers: Partial<Renderers>): { render(props: Props): () => void } => ({
  render({ model, el, experimental, signal }: Props): () => void {
    const invoke = experimental?.invoke
    let view: ViewSpec
    try {
      view = parseView(model.get('view'))
    } catch (e) {
      showError(el, e, 'This is not a view that can be drawn.')
      return () => undefined
    }
    const live = model.get('live') === true && invoke ? liveBy(invoke) : snapshotLink
    const drawn = renderWith(kind => renderers[kind])(view, el, { live })
    const changed = () => {
      try {
        drawn.update(parseView(model.get('view')))
      } catch {
        // This state cannot be read; the last one that could stays.
      }
    }
    model.on('change:view', changed)
    let over = false
    const end = () => {
      if (over) return
      over = true
      model.off('change:view', changed)
      drawn.dispose()
    }
    signal?.addEventListener('abort', end)
    return end
  },
})
