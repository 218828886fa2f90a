/** Filters over training: the pictures of some units at every snapshot, and how far each layer still has to go. */
import { restoring } from '../backend/interrupted.ts'
import { ImageSet } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { featureEvolution, toGo, type Evolution, type WeightSnapshot } from './evolution.ts'
import { report, type ProgressOptions } from './progress.ts'
import type { RuleName } from './project.ts'
import { topActivations, type TopActivation } from './top.ts'

/** Units of a layer that are followed unless said otherwise. */
const UNITS = 6

export interface FilterEvolutionOptions extends ProgressOptions {
  /** Layers whose units are followed. Default: those with filters [K, C, h, w]. */
  layers?: readonly string[]
  /** How many units of each layer (those that fire most in the end), or which. Default 6. */
  units?: number | readonly number[]
  /** Of the projections. Default `deconvnet`. */
  rule?: RuleName
  /** Images at once. Default 250. */
  batch?: number
  /** Share of right answers at each snapshot, to show beside it. */
  accuracy?: readonly (number | null)[]
}

/** How far a layer's weights still had to go at each snapshot. */
export interface Convergence {
  layer: string
  /** ‖wₜ − w_T‖ / ‖w₀ − w_T‖, from 1 down to 0. */
  left: readonly number[]
  /** Epoch at which half the way was done, between snapshots by straight line; null when the weights never moved. */
  half: number | null
  /** It has filters [K, C, h, w]. */
  convolution: boolean
}

/** What `run.evolution()` returns; `show` draws it. */
export class FilterEvolution {
  /** @internal */
  constructor(
    readonly epochs: readonly number[],
    readonly layers: readonly Evolution[],
    /** Every layer with parameters, in the network's order. */
    readonly convergence: readonly Convergence[],
    /** Filters of the first layer that has some, [K, C, h, w] at each snapshot. */
    readonly filters: { layer: string; values: readonly Tensor[] } | null,
    readonly rule: RuleName,
    readonly images: number,
    readonly classes: readonly string[] | null,
    readonly accuracy: readonly (number | null)[],
  ) {}

  /** Do early layers converge first? What the weights say, in sentences. */
  get verdict(): string[] {
    return verdict(this.convergence, this.epochs)
  }

  toString(): string {
    return [`filters over ${this.epochs.length} snapshots`, ...this.verdict].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/**
 * Follows units over the snapshots of a training run: at each the image that excites a unit most, projected to the pixels; and
 * for each layer what is left of the way of its weights. The network is as before afterwards.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, figure 4.
 * @param images a set of labelled images, or [N, C, H, W]
 * @throws RangeError for fewer than two snapshots, or a layer or unit that is not there
 */
export function filterEvolution(
  net: Module,
  snapshots: readonly WeightSnapshot[],
  images: ImageSet | Tensor,
  options: FilterEvolutionOptions = {},
): FilterEvolution {
  const op = 'evolution'
  if (snapshots.length < 2)
    throw new RangeError(
      `${op}: ${snapshots.length} snapshots; it takes two: train(net, { keep: 'epochs' })`,
    )
  const { units = UNITS, rule = 'deconvnet', batch, accuracy } = options
  if (typeof units === 'number' && !(Number.isInteger(units) && units >= 1))
    throw new RangeError(`${op}: units ${units}; a whole number from 1, or a list`)
  const names = net.namedParameters().map(([name, t]) => [layerOf(name), t] as const)
  const convolutions = [...new Set(names.filter(([, t]) => t.ndim === 4).map(([name]) => name))]
  const layers = options.layers ?? convolutions
  if (!layers.length)
    throw new RangeError(`${op}: this network has no filters [K, C, h, w]; name layers: { layers }`)
  const total = layers.length * snapshots.length
  let done = 0
  const before = net.stateDict()
  const followed: Evolution[] = []
  restoring(
    () => {
      net.loadStateDict(snapshots[snapshots.length - 1].state)
      const chosen = layers.map(layer => {
        if (typeof units !== 'number') return units
        const top = topActivations(net, images, { layer, k: 1, rule: null, batch })
        return top.units
          .map(u => ({ unit: u.unit, value: u.top[0].value }))
          .sort((a, b) => b.value - a.value)
          .slice(0, units)
          .map(u => u.unit)
          .sort((a, b) => a - b)
      })
      layers.forEach((layer, l) =>
        followed.push(
          featureEvolution(net, snapshots, images, {
            layer,
            units: chosen[l],
            rule,
            batch,
            onProgress: () => report(op, options, ++done, total),
          }),
        ),
      )
    },
    () => {
      net.loadStateDict(before)
    },
  )
  const epochs = snapshots.map(s => s.epoch)
  const left = toGo(snapshots)
  const order = [...new Set(names.map(([name]) => name))]
  const first = convolutions[0]
  const weight = net.namedParameters().find(([name, t]) => layerOf(name) === first && t.ndim === 4)
  return new FilterEvolution(
    epochs,
    followed,
    order.map(layer => ({
      layer,
      left: left[layer],
      half: halfway(epochs, left[layer]),
      convolution: convolutions.includes(layer),
    })),
    weight ? { layer: first, values: snapshots.map(s => s.state[weight[0]]) } : null,
    rule,
    (images instanceof ImageSet ? images.images : images).shape[0],
    images instanceof ImageSet ? images.classes : null,
    accuracy ?? epochs.map(() => null),
  )
}

const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')))

/** Where a curve falls below one half for good, by straight lines between its points; null when it begins below. */
export function halfway(epochs: readonly number[], left: readonly number[]): number | null {
  let k = left.length - 1
  while (k > 0 && left[k - 1] < 0.5) k--
  if (k === 0 || !(left[k - 1] >= 0.5)) return null
  const t = (left[k - 1] - 0.5) / (left[k - 1] - left[k])
  return epochs[k - 1] + t * (epochs[k] - epochs[k - 1])
}

/** Share of its way that a layer went in the last quarter of the epochs: below this it is at rest. */
const REST = 0.05

export function verdict(layers: readonly Convergence[], epochs: readonly number[]): string[] {
  const moved = layers.filter(l => l.half !== null)
  if (moved.length < 2) return ['Fewer than two layers moved: there is nothing to compare.']
  const at = (l: Convergence): number => l.half ?? 0
  const sorted = [...moved].sort((a, b) => at(a) - at(b))
  const end = epochs[epochs.length - 1]
  const digits = end > 20 ? 0 : 1
  const say = (l: Convergence): string => `${l.layer} at epoch ${at(l).toFixed(digits)}`
  const inOrder = (list: readonly Convergence[]): boolean =>
    list.every((l, i) => i === 0 || at(list[i - 1]) <= at(l))
  const maps = moved.filter(l => l.convolution)
  const lines = [`Halfway to their last weights: ${sorted.map(say).join(', ')}.`]
  const all = inOrder(moved)
  const among = maps.length > 1 && maps.length < moved.length ? inOrder(maps) : null
  const first = `${sorted[0].layer} is first${sorted[0] === moved[moved.length - 1] ? ', the last layer' : ''}`
  if (all) lines.push('Yes: each layer is there before the next.')
  else if (among === true) lines.push(`Among the convolutions, yes. Over all layers, no: ${first}.`)
  else if (among === false)
    lines.push(`No, not even among the convolutions: of all layers ${first}.`)
  else lines.push(`No: ${first}.`)
  const late = epochs.findLastIndex(e => e <= 0.75 * end)
  const resting = layers.filter(l => l.half !== null && l.left[late] < REST)
  lines.push(
    resting.length === 0
      ? `None is at rest after ${Number(end.toFixed(1))} epochs: each went more than 5 % of its way in the last quarter.`
      : resting.length === moved.length
        ? 'All of them are at rest: less than 5 % of their way lies in the last quarter.'
        : `At rest, with less than 5 % of its way in the last quarter: ${resting.map(l => l.layer).join(', ')}.`,
  )
  return lines
}

/**
 * A winner's part of the image, [C, h, w], in a picture of the unit's field (or of the image, where the field is larger), with
 * zeros where the field reaches over the border.
 * @internal
 */
export function inField(
  { field, size }: Evolution,
  { at, window }: TopActivation,
  t: Tensor,
): { values: Float32Array; shape: [number, number, number] } {
  const place = (d: 0 | 1): [number, number] =>
    !field || !at || field.size[d] >= size[d]
      ? [size[d], window[d]]
      : [field.size[d], window[d] - (field.start[d] + at[d] * field.step[d])]
  const [[H, top], [W, left]] = [place(0), place(1)]
  const [C, h, w] = t.shape
  const values = t.toTypedArray()
  const out = new Float32Array(C * H * W)
  for (let c = 0; c < C; c++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++)
        out[(c * H + i + top) * W + j + left] = values[(c * h + i) * w + j]
  return { values: out, shape: [C, H, W] }
}
