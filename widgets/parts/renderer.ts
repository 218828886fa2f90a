/** The contract of a renderer. It draws a spec into an element, live or not, and knows nothing of Jupyter. */
import type { EventName, KernelMessage, ViewSpec } from 'layerscope/spec'

export type LinkState = 'snapshot' | 'live' | 'gone' | 'mismatch'

/** A view's connection to its kernel. */
export interface LiveLink {
  readonly state: LinkState
  /** Why, in words, when there is something to say. */
  readonly message?: string
  /** Sends an event; resolves with the kernel's reply, rejects when not live or when the kernel reports an error. */
  event(name: EventName, payload: unknown): Promise<unknown>
  /** Calls `f` when `state` changes. */
  onChange(f: () => void, signal: AbortSignal): void
  /** Calls `f` for each `append` of the kernel; whole new states arrive through `update`. */
  onMessage(f: (message: KernelMessage) => void, signal: AbortSignal): void
}

export interface RenderContext {
  live: LiveLink
  /** Aborted when the view is disposed: every listener hangs on it. */
  signal: AbortSignal
}

export interface Rendered<S extends ViewSpec = ViewSpec> {
  /** Shows another state of the same view; pin, position and choices stay. */
  update(spec: S): void
  dispose(): void
}

export type Renderer<S extends ViewSpec = ViewSpec> = (
  spec: S,
  element: HTMLElement,
  context: RenderContext,
) => Rendered<S>

/** A link without a kernel, for saved pages and tests. */
export const snapshotLink: LiveLink = {
  state: 'snapshot',
  event: () => Promise.reject(new Error('no kernel is connected')),
  onChange: () => undefined,
  onMessage: () => undefined,
}
