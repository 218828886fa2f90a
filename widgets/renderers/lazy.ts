/** Each renderer as a chunk of its own, loaded with the first view of its kind. */
import { renderWith, type LazyRenderers } from './render.ts'

const RENDERERS: LazyRenderers = {
  tensor: () => import('./tensor/tensor.ts').then(m => m.tensorRenderer),
  conv: () => import('./conv/conv.ts').then(m => m.convRenderer),
  maps: () => import('./maps/maps.ts').then(m => m.mapsRenderer),
  training: () => import('./training/training.ts').then(m => m.trainingRenderer),
  projection: () => import('./projection/projection.ts').then(m => m.projectionRenderer),
  attribution: () => import('./attribution/attribution.ts').then(m => m.attributionRenderer),
  top: () => import('./top/top.ts').then(m => m.topRenderer),
  occlusion: () => import('./occlusion/occlusion.ts').then(m => m.occlusionRenderer),
  pool: () => import('./pool/pool.ts').then(m => m.poolRenderer),
  softmax: () => import('./softmax/softmax.ts').then(m => m.softmaxRenderer),
  sizes: () => import('./sizes/sizes.ts').then(m => m.sizesRenderer),
  evolution: () => import('./evolution/evolution.ts').then(m => m.evolutionRenderer),
  rnn: () => import('./rnn/rnn.ts').then(m => m.rnnRenderer),
  reading: () => import('./reading/reading.ts').then(m => m.readingRenderer),
  architecture: () => import('./architecture/architecture.ts').then(m => m.architectureRenderer),
  bubbles: () => import('./bubbles/bubbles.ts').then(m => m.bubblesRenderer),
  chart: () => import('./chart/chart.ts').then(m => m.chartRenderer),
  confusion: () => import('./confusion/confusion.ts').then(m => m.confusionRenderer),
}

export const render = renderWith(kind => RENDERERS[kind]())
export { showError } from './render.ts'
