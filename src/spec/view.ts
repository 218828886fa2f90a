/**
 * Display specs: the typed, versioned contract between library and widgets.
 *
 * A display is one MIME bundle: this spec under `VIEW_MIME`, `image/png` and `text/plain`. The spec is a
 * complete snapshot that needs no kernel. A page with a kernel opens a comm (`live.ts`) to make it live.
 */

import type { BubblesView } from './bubbles.ts'
import type { ChartView } from './chart.ts'
import type { ConfusionView } from './confusion.ts'
import type { EvolutionView } from './evolution.ts'
import type { ArchitectureView } from './architecture.ts'
import type { PoolView } from './pool.ts'
import type { SizesView } from './sizes.ts'
import type { SoftmaxView } from './softmax.ts'
import type { ReadingView, RnnView } from './view-recurrent.ts'
export type { GateRow, ReadingView, RnnView, RnnValues, RnnWeights } from './view-recurrent.ts'

/** MIME type of a view; the version of the contract stands inside as `spec`. */
export const VIEW_MIME = 'application/vnd.layerscope.view+json'
/** Version of this contract. A renderer shows `image/png` and a sentence for a newer one. */
export const SPEC_VERSION = 1

/** How numbers are written: exact `f32`, `f16`, `i32`, or `u8` standing for lo + (hi − lo)·q/255. */
export type Encoding = 'f32' | 'f16' | 'i32' | 'u8'

/** A tensor in a spec: little-endian numbers, row-major, base64. */
export interface Encoded {
  encoding: Encoding
  shape: number[]
  /** Base64; in comm messages instead `buffer`, the index of the message's binary buffer. */
  data?: string
  buffer?: number
  /** What `buffer` stood for: set by whoever reads the message, never written. */
  bytes?: Uint8Array
  /** Range that `u8` stands for. */
  lo?: number
  hi?: number
}

export interface ViewBase {
  spec: typeof SPEC_VERSION
  kind: string
  /** Identity of the view in its kernel; a page asks for live data with it. */
  id: string
  /** First words of the title line, e.g. `conv2 after ReLU`. */
  title: string
  /** Shape as literal, e.g. `[16, 10, 10]`. */
  shape?: string
  /** Where it comes from: model, epoch, input. */
  from?: string
  /** The text alternative: title, readout and strongest facts. */
  text: string
  /** Version of the library that wrote it. */
  producer: string
}

/** A tensor or image of any rank ≤ 4 as tiles, the last two axes are rows and columns. */
export interface TensorView extends ViewBase {
  kind: 'tensor'
  data: {
    values: Encoded
    /** `image` stays grey or RGB (shape [3, H, W]); `map` uses the sequential ramp, `signed` the diverging one. */
    scale: 'image' | 'map' | 'signed'
    /** Numbers are written into the cells (small integer tensors). */
    numbers: boolean
    /** Cells marked at first, as full indices. */
    at?: number[][]
    labels?: string[]
  }
}

/** One conv2d, cell by cell. Tensors are exact (`f32`). */
export interface ConvView extends ViewBase {
  kind: 'conv'
  data: {
    /** [C, H, W] */
    x: Encoded
    /** [K, C, h, k] */
    w: Encoded
    /** [K], zeros when there is no bias */
    b: Encoded
    hasBias: boolean
    /** [K, H′, W′] */
    output: Encoded
    stride: [number, number]
    padding: [number, number]
    dilation: [number, number]
    /** x was a plain matrix [H, W] and w [h, k]: names and indices are shown without channels. */
    plain: boolean
    /** Names the student used; defaults x, w, b, o. */
    names: { x: string; w: string; b: string; o: string }
    /** Output cells pinned at first, [k, i, j] each; the first is current. */
    at: [number, number, number][]
    /** Values to compare with, [K, H′, W′]; `null` cells are not compared. */
    compare: { label: string; values: (number | null)[][][] } | null
    /** What may be typed into: default all. */
    edit: ('x' | 'w' | 'b')[]
    /** Count this value among the outputs and say it ("3 stands in 2 of 16 cells"). */
    count: number | null
    /** The student's function drives the output: recomputed in the kernel by the `compute` event. */
    driven: boolean
  }
}

/** What a layer of the explorer does to its source, enough to open a value into its terms. */
export type MapOp =
  | { op: 'input' }
  | {
      op: 'conv2d'
      /** [K, C/groups, h, k] */
      weight: Encoded
      /** [K] or null */
      bias: Encoded | null
      stride: [number, number]
      padding: [number, number]
      dilation: [number, number]
      groups: number
    }
  | { op: 'linear'; /** [out, in] */ weight: Encoded; bias: Encoded | null }
  | {
      op: 'maxPool2d'
      kernel: [number, number]
      stride: [number, number]
      padding: [number, number]
    }
  | {
      op: 'avgPool2d'
      kernel: [number, number]
      stride: [number, number]
      padding: [number, number]
    }
  | { op: 'softmax' }
  | { op: 'flatten' }
  | { op: 'other'; name: string }

export interface MapLayer {
  /** Name in the model, e.g. `conv1`; the first layer is `input`. */
  name: string
  op: MapOp
  /** Index of the layer this one reads; −1 for the input. */
  source: number
  /** [C, H, W], or [C] after flattening. */
  shape: number[]
  /** Values after the activation (if any). */
  values: Encoded
  /** Values before the activation, when one follows directly; `activation` names it. */
  before: Encoded | null
  activation: string | null
  /** Receptive field of a value in input pixels: size, step between neighbours, start of the first; null when it is the whole input. */
  field: { size: [number, number]; step: [number, number]; start: [number, number] } | null
  parameters: number
  /** E.g. `5×5, padding 2 · 156 parameters`. */
  note: string
}

/** Every layer's maps for one input. */
export interface MapsView extends ViewBase {
  kind: 'maps'
  data: {
    layers: MapLayer[]
    /** Class names for the last layer's rows. */
    labels: string[] | null
    /** The inputs to choose from; choosing another needs the kernel unless its layers were saved. */
    inputs: { /** [N, C, H, W] u8 */ images: Encoded; labels: string[]; current: number } | null
    /** Index of the layer shown first, and a pinned value [c, i, j] or [c]. */
    layer: number
    pin: number[] | null
  }
}

/** One reported point; NaN and ±Infinity are written as null. */
export interface TrainingPoint {
  /** Optimiser steps done so far. */
  step: number
  /** Epochs done so far, fractional. */
  epoch: number
  loss?: number | null
  accuracy?: number | null
  testLoss?: number | null
  testAccuracy?: number | null
}

export type TrainingState = 'ready' | 'running' | 'paused' | 'done' | 'stopped'

/** What the layers looked like at the snapshots of a run: S snapshots, L layers. */
export interface TrainingSnapshots {
  /** [S], ascending. */
  steps: number[]
  epochs: number[]
  /** [S, L, 3, 41]: weights, gradients of the last batch, activations; bins over ±limit, as shares of the tallest. */
  heights: Encoded
  /** [S, L, 3]: the limits; NaN where nothing was measured. */
  limits: Encoded
  /** [S, L, 3]: ‖lr·g‖ / ‖w‖, silent units, saturated units; NaN where not measured. */
  facts: Encoded
}

/** Where a loss was first not finite. */
export interface TrainingBroken {
  step: number
  epoch: number
  layer: string
}

/** A run that left another one at a snapshot and went on otherwise. */
export interface TrainingBranch {
  /** What it does otherwise, e.g. `lr 0.001`. */
  name: string
  /** The run it left: 0 is the view's own, n the branch before; and where. */
  from: { run: number; step: number; epoch: number }
  state: TrainingState
  points: TrainingPoint[]
  snapshots: TrainingSnapshots | null
  broken: TrainingBroken | null
}

/** Loss and accuracy of one training run. */
export interface TrainingView extends ViewBase {
  kind: 'training'
  data: {
    state: TrainingState
    epochs: number | null
    stepsPerEpoch: number | null
    /** At most 2,000 points; older training points are averaged in groups (`TrainingPoint.step` is the group's last). */
    points: TrainingPoint[]
    /** Facts of the run: optimizer, batch, seed… in the order to show. */
    facts: [string, string][]
    /** Controls the kernel answers to. */
    controls: ('pause' | 'step' | 'epoch')[]
    /** Steps per second, while running. */
    speed: number | null
    /** What is kept of a run beside its curve. */
    history?: {
      /** Name of the first run, e.g. `lr 0.05`. */
      name: string
      layers: { name: string; units: number | null }[]
      /** How many images the activations are of. */
      images: number
      snapshots: TrainingSnapshots
      broken: TrainingBroken | null
      branches: TrainingBranch[]
      /** Snapshots and points that the saved view leaves out, in words; empty when it has all. */
      left: string
    }
  }
}

/** A unit of a network, as its title line names it. */
export interface UnitName {
  layer: string
  unit: number
  /** [row, column] in its map; null in a layer without maps. */
  at: [number, number] | null
  value: number
}

/** One unit's way back to the pixels, stage by stage, under the maps of the way forward. */
export interface ProjectionView extends ViewBase {
  kind: 'projection'
  data: {
    unit: UnitName
    rule: 'gradient' | 'deconvnet' | 'guided'
    /** From the unit down to the pixels; each pair has one shape, [C, H, W] or [C]. */
    stages: {
      name: string
      step: 'keep' | 'rectify' | 'filter' | 'unpool' | 'reshape' | 'other'
      forward: Encoded
      signal: Encoded
      /** ⟨Wq, g⟩ and ⟨q, Wᵀg⟩, where transposed filters brought it here. */
      adjoint?: [number, number]
    }[]
    /** Layers that a kernel can start from. */
    layers?: string[]
  }
}

/** Pictures of which pixels matter, side by side over one image. */
export interface AttributionView extends ViewBase {
  kind: 'attribution'
  data: {
    /** [C, H, W] */
    image: Encoded
    /** Each [C, H, W] of the image, or [1, H, W]; each on a scale of its own. */
    panels: { name: string; what: string; values: Encoded; signed: boolean }[]
  }
}

/** What excites each unit of a layer most. */
export interface TopView extends ViewBase {
  kind: 'top'
  data: {
    layer: string
    rule: 'gradient' | 'deconvnet' | 'guided' | null
    /** How many images were looked at. */
    images: number
    labels: string[] | null
    /** What a unit can see, [h, w] in pixels; at the border less of it. */
    field: [number, number]
    units: {
      unit: number
      /** Strongest first; patch [C, h, w], projection of the same shape; `inset` is the patch's [top, left] in the field. */
      top: {
        image: number
        label: number | null
        value: number
        at: [number, number] | null
        inset: [number, number]
        patch: Encoded
        projection: Encoded | null
      }[]
      /** Counts of its largest value in each image, in equal steps from 0 to `most`. */
      histogram: number[]
      most: number
    }[]
  }
}

/** What covering each place does to the answer. */
export interface OcclusionView extends ViewBase {
  kind: 'occlusion'
  data: {
    /** [C, H, W] */
    image: Encoded
    size: number
    stride: number
    fill: number
    target: number
    labels: string[]
    /** Probabilities of the uncovered image, [K]. */
    before: number[]
    /** Probabilities at each place, [rows, columns, K]. */
    probabilities: Encoded
    /** [rows, columns]: sum of the followed map. */
    activity: Encoded | null
    /** Layer and map that are followed, e.g. `conv3, map 7`. */
    followed: string | null
  }
}

export type { BubbleBand, BubbleClaim, BubbleMeasure, BubblesView } from './bubbles.ts'
export type { ArchitectureLayer, ArchitectureView } from './architecture.ts'
export type { PoolView } from './pool.ts'
export type { SizeStep, SizesView } from './sizes.ts'
export type { SoftmaxView } from './softmax.ts'
export type { ChartSeries, ChartView } from './chart.ts'
export type { ConfusionExamples, ConfusionView } from './confusion.ts'
export type { EvolutionView } from './evolution.ts'

export type ViewSpec =
  | BubblesView
  | ChartView
  | ConfusionView
  | EvolutionView
  | TensorView
  | ConvView
  | MapsView
  | TrainingView
  | ProjectionView
  | AttributionView
  | TopView
  | OcclusionView
  | PoolView
  | SoftmaxView
  | SizesView
  | RnnView
  | ArchitectureView
  | ReadingView
