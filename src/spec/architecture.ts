/** The architecture view: layers with shapes, parameters, multiplications and what a value can see. */
import { SpecError } from './error.ts'
import type { Reader } from './read.ts'
import type { Encoded, ViewBase } from './view.ts'

type Two = [number, number]

export interface ArchitectureLayer {
  name: string
  /** What it does, in words: `5×5, padding 2, ReLU`. */
  what: string
  /** Shape of its result, without the batch axis: [C, H, W], [F]… */
  output: number[]
  parameters: number
  /** Multiplications with an addition for one input. */
  macs: number
  /** Input cells that a value depends on; null: all of them. */
  field: { size: Two; jump: Two; start: Two } | null
  /** Windows that a value looks through, one after the other. */
  windows: { kernel: Two; stride: Two; padding: Two; dilation: Two }[]
  /** A value sees the whole of its input. */
  global: boolean
  /** Cells at the lower and right border that no window covers. */
  leftover: Two | null
}

export interface ArchitectureView extends ViewBase {
  kind: 'architecture'
  data: {
    models: {
      name: string
      /** Shape of one input, without the batch axis. */
      input: number[]
      layers: ArchitectureLayer[]
    }[]
    /** Model shown first. */
    model: number
    /** Layer pinned first, −1 for the input, and its cell [row, column] (0, 0 for layers without maps). */
    layer: number
    at: Two
    /** Largest gradient of the pinned cell for each pixel of the input, [H, W], measured. */
    measured: Encoded | null
    /** The kernel can measure. */
    live: boolean
  }
}

const MAX_MODELS = 12
const MAX_LAYERS = 1000
const MAX_SIZE = 1e6
const WORDS = 500

export function readArchitecture(r: Reader): ArchitectureView['data'] {
  r.only('models', 'model', 'layer', 'at', 'measured', 'live')
  const models = r.at('models').list(m => {
    m.only('name', 'input', 'layers')
    return {
      name: m.at('name').text(WORDS),
      input: readShape(m.at('input')),
      layers: m.at('layers').list(readLayer, MAX_LAYERS),
    }
  }, MAX_MODELS)
  if (models.length === 0) throw new SpecError(`${r.path}.models: at least one must stand there`)
  const model = r.at('model').integer(0, models.length - 1)
  const { layers, input } = models[model]
  const layer = r.at('layer').integer(-1, layers.length - 1)
  const [, H, W] = mapOf(layer < 0 ? input : layers[layer].output)
  const at = r.at('at').list((i, d) => i.integer(0, (d ? W : H) - 1), 2, 2)
  return {
    models,
    model,
    layer,
    at: [at[0], at[1]],
    measured: r.at('measured').nullable(v => v.tensor(mapOf(input).slice(1))),
    live: r.at('live').boolean(),
  }
}

/** [C, H, W] of a shape; what has no maps is one cell, a row of length L is [C, 1, L]. */
export function mapOf(shape: readonly number[]): [number, number, number] {
  if (shape.length === 3) return [shape[0], shape[1], shape[2]]
  if (shape.length === 2) return [shape[0], 1, shape[1]]
  return [shape[0] ?? 1, 1, 1]
}

function readShape(r: Reader): number[] {
  return r.list(n => n.integer(1, MAX_SIZE), 4)
}

function readLayer(r: Reader): ArchitectureLayer {
  r.only(
    'name', 'what', 'output', 'parameters', 'macs', 'field', 'windows', 'global', 'leftover',
  ) // prettier-ignore
  const place = (p: Reader): Two => p.numbers()
  return {
    name: r.at('name').text(WORDS),
    what: r.at('what').text(WORDS),
    output: readShape(r.at('output')),
    parameters: r.at('parameters').integer(0, Number.MAX_SAFE_INTEGER),
    macs: r.at('macs').integer(0, Number.MAX_SAFE_INTEGER),
    field: r.at('field').nullable(f => ({
      size: place(f.only('size', 'jump', 'start').at('size')),
      jump: place(f.at('jump')),
      start: place(f.at('start')),
    })),
    windows: r.at('windows').list(w => {
      w.only('kernel', 'stride', 'padding', 'dilation')
      return {
        kernel: w.at('kernel').pair(1, MAX_SIZE),
        stride: w.at('stride').pair(1, MAX_SIZE),
        padding: w.at('padding').pair(0, MAX_SIZE),
        dilation: w.at('dilation').pair(1, MAX_SIZE),
      }
    }, 64),
    global: r.at('global').boolean(),
    leftover: r.at('leftover').nullable(l => l.pair(0, MAX_SIZE)),
  }
}
