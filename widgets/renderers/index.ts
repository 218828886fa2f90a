/** Which renderer draws which kind of spec. A kind without one does not compile. */
import type { ViewSpec } from 'layerscope/spec'
import { h, type RenderContext, type Rendered, type Renderer } from '../parts/index.ts'
import { architectureRenderer } from './architecture/architecture.ts'
import { attributionRenderer } from './attribution/attribution.ts'
import { chartRenderer } from './chart/chart.ts'
import { confusionRenderer } from './confusion/confusion.ts'
import { convRenderer } from './conv/conv.ts'
import { evolutionRenderer } from './evolution/evolution.ts'
import { mapsRenderer } from './maps/maps.ts'
import { occlusionRenderer } from './occlusion/occlusion.ts'
import { poolRenderer } from './pool/pool.ts'
import { projectionRenderer } from './projection/projection.ts'
import { softmaxRenderer } from './softmax/softmax.ts'
import { rnnRenderer } from './rnn/rnn.ts'
import { tensorRenderer } from './tensor/tensor.ts'
import { topRenderer } from './top/top.ts'
import { trainingRenderer } from './training/training.ts'

const RENDERERS: { [K in ViewSpec['kind']]: Renderer<Extract<ViewSpec, { kind: K }>> } = {
  tensor: tensorRenderer,
  chart: chartRenderer,
  confusion: confusionRenderer,
  conv: convRenderer,
  maps: mapsRenderer,
  training: trainingRenderer,
  projection: projectionRenderer,
  attribution: attributionRenderer,
  top: topRenderer,
  occlusion: occlusionRenderer,
  pool: poolRenderer,
  softmax: softmaxRenderer,
  evolution: evolutionRenderer,
  rnn: rnnRenderer,
  architecture: architectureRenderer,
}

/** Draws a spec. An error stays in the view's own box, with a way to see what happened; the next state draws anew. */
export function render(
  spec: ViewSpec,
  element: HTMLElement,
  context: Omit<RenderContext, 'signal'>,
): Rendered {
  let abort = new AbortController()
  let rendered: Rendered | null = null
  let kind = spec.kind
  const stop = () => {
    abort.abort()
    try {
      rendered?.dispose()
    } finally {
      rendered = null
    }
  }
  const guard = (f: () => void) => {
    try {
      f()
    } catch (e) {
      try {
        stop()
      } catch {
        // What went wrong first is what is told.
      }
      showError(element, e)
    }
  }
  const start = (s: ViewSpec) =>
    guard(() => {
      abort = new AbortController()
      kind = s.kind
      // The table pairs each kind with the renderer of that kind.
      rendered = (RENDERERS[s.kind] as Renderer)(s, element, { ...context, signal: abort.signal })
    })
  start(spec)
  return {
    update: next => {
      if (rendered && next.kind === kind) return guard(() => rendered?.update(next))
      guard(stop)
      start(next)
    },
    dispose: () => {
      guard(stop)
      element.replaceChildren()
    },
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
