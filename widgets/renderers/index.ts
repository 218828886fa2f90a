/** All renderers at once, for tests and the gallery. A kind without one does not compile. */
import { architectureRenderer } from './architecture/architecture.ts'
import { attributionRenderer } from './attribution/attribution.ts'
import { bubblesRenderer } from './bubbles/bubbles.ts'
import { chartRenderer } from './chart/chart.ts'
import { confusionRenderer } from './confusion/confusion.ts'
import { convRenderer } from './conv/conv.ts'
import { evolutionRenderer } from './evolution/evolution.ts'
import { mapsRenderer } from './maps/maps.ts'
import { occlusionRenderer } from './occlusion/occlusion.ts'
import { poolRenderer } from './pool/pool.ts'
import { projectionRenderer } from './projection/projection.ts'
import { sizesRenderer } from './sizes/sizes.ts'
import { softmaxRenderer } from './softmax/softmax.ts'
import { renderWith, type Renderers } from './render.ts'
import { readingRenderer } from './reading/reading.ts'
import { rnnRenderer } from './rnn/rnn.ts'
import { tensorRenderer } from './tensor/tensor.ts'
import { topRenderer } from './top/top.ts'
import { trainingRenderer } from './training/training.ts'

export const RENDERERS: Renderers = {
  tensor: tensorRenderer,
  bubbles: bubblesRenderer,
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
  sizes: sizesRenderer,
  evolution: evolutionRenderer,
  rnn: rnnRenderer,
  architecture: architectureRenderer,
  reading: readingRenderer,
}

export const render = renderWith(kind => RENDERERS[kind])
export { showError } from './render.ts'
