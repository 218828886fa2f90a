/** One verb: each thing knows its view. */
import {
  FilterEvolution,
  NetworkTrace,
  Occlusion,
  Predictions,
  predictionsOf,
  Projection,
  Sizes,
  Reading,
  TopActivations,
  Trace,
  Unrolled,
} from '../explain/index.ts'
import { ImageSet } from '../data/index.ts'
import { Architecture } from '../nn/architecture.ts'
import { Module } from '../nn/module.ts'
import { Tensor } from '../tensor/tensor.ts'
import { Run } from '../train/run.ts'
import { TrainingLog } from '../train/log.ts'
import { ArchitectureSubject } from './architecture.ts'
import { AttributionSubject, isPicture, type Picture } from './attribution.ts'
import { ConvSubject, isConvTrace } from './conv.ts'
import { BubblesSubject } from './bubbles.ts'
import { Bubbles } from './bubbles-data.ts'
import { ChartSubject } from './chart.ts'
import type { Chart } from './chart-data.ts'
import { chartOf, type ChartResult } from './chart-results.ts'
import { ConfusionSubject } from './confusion.ts'
import { EvolutionSubject } from './evolution.ts'
import { keep } from './live.ts'
import { MapsSubject } from './maps.ts'
import { OcclusionSubject } from './occlusion.ts'
import { ModuleSubject } from './module.ts'
import type { ShowOptions } from './options.ts'
import { PoolSubject, poolOf } from './pool.ts'
import './run-evolution.ts'
import { ProjectionSubject } from './projection.ts'
import { SizesSubject } from './sizes.ts'
import { SoftmaxSubject, softmaxOf } from './softmax.ts'
import { ReadingSubject } from './reading.ts'
import { RnnSubject } from './rnn.ts'
import type { Subject } from './subject.ts'
import { TensorSubject } from './tensor.ts'
import { TopSubject } from './top.ts'
import { TrainingSubject } from './training.ts'
import { View } from './view.ts'

/** What `show` can show. */
export type Showable =
  | Tensor
  | Trace
  | TrainingLog
  | Run
  | Module
  | Architecture
  | Sizes
  | readonly (Module | Architecture)[]
  | ImageSet
  | Picture
  | readonly Picture[]
  | TopActivations
  | FilterEvolution
  | Unrolled
  | readonly Unrolled[]
  | Predictions
  | Bubbles
  | Chart
  | ChartResult
  | Reading
  | readonly Reading[]

/**
 * Displays a thing at once, in the running cell, and returns its view:
 *
 * - a tensor or data set: tiles, or its numbers;
 * - `trace(() => conv2d(x, w))`: the convolution stepper;
 * - `trace(() => maxPool2d(x, 2))`: the pooling stepper, with `backward` the way of a gradient;
 * - `trace(() => softmax(x))` or `crossEntropy(x, y)`: logits with sliders;
 * - `trace(net, image)`: the feature-map explorer;
 * - `trainingLog(…)` or `train(…)`: the training view;
 * - `deconvnet(…)`, `gradient(…)`, `guidedBackprop(…)`: the way back, stage by stage;
 * - a list of projections and attributions of one image: side by side; `gradCam(…)` and its like alone: beside the image;
 * - `occlusion(…)`: the square and its maps; `topActivations(…)`: projections beside patches;
 * - `run.evolution(…)`: filters over training;
 * - `unroll(…)`: a recurrent network over time with its gradients; a list of them: snapshots of one training run;
 * - `sizes({ input, window, stride, padding })`, of a trace or an architecture: which windows fit;
 * - a network, or `architecture(net, shape)`, or a list of them: layers with parameters, work and receptive fields.
 * - `run.evolution(…)`: filters over training; `predictions(net, set)` and its `confusionMatrix`: what is mixed up;
 * - `invariance(…)`, `calibration(…)`, `randomizeWeights(…)`, `activationMaximization(…)`, `curves(…)`, `table(…)`: curves and
 *   tables with error bars;
 * - `complexityChart(rows)`, `bubbles(rows, { x, y, size })`: points by two numbers, a third as area;
 * - `readText(…)`: a text coloured by one cell; a list of them also compares how far back the networks look;
 * - a network: its layers with their parameters.
 *
 * Outside a kernel it prints the view's text.
 *
 * @throws TypeError for anything else; RangeError when options do not fit the thing
 */
export function show(thing: Showable, options: ShowOptions = {}): View {
  const read = (other: unknown): Subject => subjectOf(other, options)
  const view = new View(read(thing), read)
  keep(view)
  view.open()
  return view
}

const isNetwork = (thing: unknown): thing is Module | Architecture =>
  thing instanceof Module || thing instanceof Architecture

/** Without the shape of its input, a network that takes none of those tried is shown as its summary. */
function networkSubject(net: Module | Architecture, options: ShowOptions): Subject {
  try {
    return new ArchitectureSubject([net], options)
  } catch (error) {
    if (options.input || options.labels || options.layer !== undefined) throw error
    if (net instanceof Module && error instanceof Error)
      return new ModuleSubject(net, error.message)
    throw error
  }
}

function subjectOf(thing: unknown, options: ShowOptions): Subject {
  const counted = thing instanceof Tensor ? predictionsOf(thing) : thing
  if (counted instanceof Predictions) return new ConfusionSubject(counted, options)
  if (thing instanceof Tensor) return new TensorSubject(thing, options)
  if (thing instanceof NetworkTrace) return new MapsSubject(thing, options)
  if (thing instanceof Trace) {
    if (isConvTrace(thing)) return new ConvSubject(thing, options)
    if (poolOf(thing)) return new PoolSubject(thing, options)
    if (softmaxOf(thing)) return new SoftmaxSubject(thing, options)
    throw new TypeError(
      `show: this trace has ${thing.ops.length} operations (${thing.ops.map(({ op }) => op).join(', ')}); it shows those with one conv2d, one pooling or one softmax, and trace(net, image)`,
    )
  }
  if (thing instanceof Sizes) return new SizesSubject(thing, options)
  if (thing instanceof Projection) return new ProjectionSubject(thing, options)
  if (thing instanceof Occlusion) return new OcclusionSubject(thing, options)
  if (thing instanceof TopActivations) return new TopSubject(thing, options)
  if (thing instanceof FilterEvolution) return new EvolutionSubject(thing, options)
  if (thing instanceof Unrolled) return new RnnSubject([thing], options)
  if (Array.isArray(thing) && thing.length && thing.every(u => u instanceof Unrolled))
    return new RnnSubject(thing, options)
  if (thing instanceof Reading) return new ReadingSubject([thing], options)
  if (Array.isArray(thing) && thing.length && thing.every(r => r instanceof Reading))
    return new ReadingSubject(thing, options)
  if (isPicture(thing)) return new AttributionSubject([thing], options)
  if (Array.isArray(thing) && thing.length && thing.every(isPicture))
    return new AttributionSubject(thing, options)
  if (thing instanceof Run) return new TrainingSubject(thing.log, options, thing)
  if (thing instanceof TrainingLog) return new TrainingSubject(thing, options)
  if (isNetwork(thing)) return networkSubject(thing, options)
  if (Array.isArray(thing) && thing.length && thing.every(isNetwork))
    return new ArchitectureSubject(thing, options)
  if (thing instanceof ImageSet)
    return new TensorSubject(thing.images, { scale: 'image', title: 'images', ...options })
  if (thing instanceof Bubbles) return new BubblesSubject(thing, options)
  const chart = chartOf(thing, options.labels)
  if (chart) return new ChartSubject(chart, options)
  const got =
    thing === null
      ? 'null'
      : Array.isArray(thing)
        ? 'a list'
        : typeof thing === 'object'
          ? thing.constructor.name
          : typeof thing
  throw new TypeError(
    `show: ${got}; it shows tensors, data sets, trace(() => conv2d(x, w)), trace(net, image), trainingLog(…), train(…) and networks${Array.isArray(thing) ? '; tensor(rows) makes a tensor of a list' : ''}`,
  )
}
