/** How layers became what they are, over the snapshots of a training run. */
import { restoring } from '../backend/interrupted.ts'
import { noGrad } from '../autograd/tape.ts'
import { ImageSet } from '../data/index.ts'
import type { Module, StateDict } from '../nn/module.ts'
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { forwardTo, still } from './pass.ts'
import type { Field } from './layers.ts'
import { report, type ProgressOptions } from './progress.ts'
import { topActivations, type TopActivation } from './top.ts'
import type { RuleName } from './project.ts'

/** Weights of a network at one moment of its training. */
export interface WeightSnapshot {
  epoch: number
  state: StateDict
}

export interface EvolutionOptions extends ProgressOptions {
  layer: string
  /** Units followed. Default: all of the layer. */
  units?: readonly number[]
  rule?: RuleName
  batch?: number
}

/** One unit over the snapshots. */
export interface UnitEvolution {
  unit: number
  /** Its strongest activation over the images at each snapshot, with patch and projection. */
  winners: TopActivation[]
  /** Snapshots (their positions, from 1) at which another image won than before. */
  changes: number[]
  /** Snapshots at which the projection jumped, and why: another image won, or the filter changed. */
  jumps: [snapshot: number, cause: 'image' | 'filter'][]
}

export interface Evolution {
  layer: string
  epochs: number[]
  units: UnitEvolution[]
  /** What a unit sees, in pixels of the image; null when it sees all of it. */
  field: Field | null
  /** [H, W] of the images. */
  size: readonly [number, number]
}

/**
 * The strongest activation of each unit over a set of images, projected to the pixels, at every snapshot. A sudden change of
 * the picture often means that another image won.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, figure 4.
 * The network is as before afterwards.
 * @throws RangeError for no snapshots, or a layer or unit that is not there
 */
export function featureEvolution(
  net: Module,
  snapshots: readonly WeightSnapshot[],
  images: ImageSet | Tensor,
  options: EvolutionOptions,
): Evolution {
  const { layer, rule = 'deconvnet', batch } = options
  if (!snapshots.length) throw new RangeError('featureEvolution: there are no snapshots')
  const before = net.stateDict()
  const found: Map<number, TopActivation[]> = new Map()
  const [H, W] = (images instanceof ImageSet ? images.images : images).shape.slice(2)
  let field: Field | null = null
  restoring(
    () => {
      snapshots.forEach(({ state }, s) => {
        net.loadStateDict(state)
        const top = topActivations(net, images, { layer, k: 1, rule, batch, unit: options.units })
        ;({ field } = top)
        for (const {
          unit,
          top: [best],
        } of top.units)
          found.set(unit, [...(found.get(unit) ?? []), best])
        report('featureEvolution', options, s + 1, snapshots.length)
      })
    },
    () => {
      net.loadStateDict(before)
    },
  )
  const units = [...found].map(([unit, winners]): UnitEvolution => {
    const projections = winners.map(w => w.projection ?? w.patch)
    const changes = winners.flatMap((w, i) => (i && w.image !== winners[i - 1].image ? [i] : []))
    return {
      unit,
      winners,
      changes,
      jumps: jumps(
        winners.map(w => w.image),
        projections,
      ),
    }
  })
  return { layer, epochs: snapshots.map(s => s.epoch), units, field, size: [H, W] }
}

/**
 * Snapshots at which a projection jumped: its cosine with the one before is below `below`; with the cause, another image or a
 * changed filter. Projections of different sizes (windows at the border) count as unlike.
 */
export function jumps(
  winners: ArrayLike<number>,
  projections: readonly Tensor[],
  below = 0.5,
): [number, 'image' | 'filter'][] {
  const result: [number, 'image' | 'filter'][] = []
  for (let t = 1; t < projections.length; t++)
    if (!(cosine(projections[t - 1], projections[t]) >= below))
      result.push([t, winners[t] === winners[t - 1] ? 'filter' : 'image'])
  return result
}

/** Cosine of the angle between two tensors as vectors; 0 when one is zero or the sizes differ. */
export function cosine(a: Tensor, b: Tensor): number {
  if (a.size !== b.size) return 0
  const [x, y] = [a.toTypedArray(), b.toTypedArray()]
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xy += x[i] * y[i]
    xx += x[i] * x[i]
    yy += y[i] * y[i]
  }
  return xx && yy ? xy / Math.sqrt(xx * yy) : 0
}

/**
 * What is left of the weights' way to their end at each snapshot: ‖wₜ − w_T‖ / ‖w₀ − w_T‖, for each layer with parameters.
 * @returns by layer, one number a snapshot, from 1 down to 0
 */
export function toGo(snapshots: readonly WeightSnapshot[]): Record<string, number[]> {
  if (!snapshots.length) throw new RangeError('toGo: there are no snapshots')
  const last = snapshots[snapshots.length - 1].state
  const layers = new Map<string, string[]>()
  for (const name of Object.keys(last)) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf('.')))
    layers.set(layer, [...(layers.get(layer) ?? []), name])
  }
  const end = Object.fromEntries(Object.entries(last).map(([k, t]) => [k, t.toTypedArray()]))
  const result: Record<string, number[]> = Object.create(null)
  for (const [layer, names] of layers) {
    const left = snapshots.map(({ epoch, state }) => {
      let sum = 0
      for (const name of names) {
        const w = state[name]?.toTypedArray()
        if (w?.length !== end[name].length)
          throw new RangeError(`toGo: ${name} at epoch ${epoch} is missing or of another size`)
        for (let i = 0; i < w.length; i++) sum += (w[i] - end[name][i]) ** 2
      }
      return Math.sqrt(sum)
    })
    result[layer] = left.map(v => (left[0] ? v / left[0] : 0))
  }
  return result
}

/**
 * Linear centred kernel alignment of two sets of activations of the same N images, [N, …] each: 1 when they are the same up to
 * rotation and scale.
 * Kornblith, Norouzi, Lee & Hinton, Similarity of neural network representations revisited, ICML 2019, equation 3.
 * @throws RangeError for different N
 */
export function linearCKA(a: Tensor, b: Tensor): number {
  const N = a.shape[0]
  if (N !== b.shape[0])
    throw new RangeError(
      `linearCKA: ${show(a.shape)} beside ${show(b.shape)}; the first sizes differ`,
    )
  return alignment(gram(a), gram(b))
}

/** XXᵀ of centred activations: the products of the images, whatever the number of units. */
function gram(t: Tensor): ArrayLike<number> {
  return noGrad(() => {
    const x = t.detach().reshape([t.shape[0], -1]).to('float64')
    const centred = x.sub(x.mean({ dim: 0, keepdim: true })).to('float32')
    return centred.matmul(centred.T).toTypedArray()
  })
}

/** ‖YᵀX‖² = ⟨XXᵀ, YYᵀ⟩, over the norms. */
function alignment(k: ArrayLike<number>, l: ArrayLike<number>): number {
  let [kl, kk, ll] = [0, 0, 0]
  for (let i = 0; i < k.length; i++) {
    kl += k[i] * l[i]
    kk += k[i] * k[i]
    ll += l[i] * l[i]
  }
  return kl / Math.sqrt(kk * ll)
}

/**
 * Linear CKA of each layer's activations at every snapshot with those at the last.
 * @param x images [N, C, H, W]; a few hundred suffice
 * @returns by layer, one number a snapshot, ending at 1
 */
export function representationConvergence(
  net: Module,
  snapshots: readonly WeightSnapshot[],
  x: Tensor,
  options: ProgressOptions & { layers: readonly string[] },
): Record<string, number[]> {
  const before = net.stateDict()
  const activations = (state: StateDict): Tensor[] => {
    net.loadStateDict(state)
    return still(net, () =>
      noGrad(() =>
        options.layers.map(layer =>
          forwardTo('representationConvergence', net, x, layer).values.detach().clone(),
        ),
      ),
    )
  }
  const result: Record<string, number[]> = Object.create(null)
  for (const layer of options.layers) result[layer] = []
  restoring(
    () => {
      const end = activations(snapshots[snapshots.length - 1].state).map(gram)
      snapshots.forEach(({ state }, s) => {
        activations(state).forEach((a, i) =>
          result[options.layers[i]].push(alignment(gram(a), end[i])),
        )
        report('representationConvergence', options, s + 1, snapshots.length)
      })
    },
    () => {
      net.loadStateDict(before)
    },
  )
  return result
}

/** State of one filter, as figure 6 of Zeiler & Fergus judges it. */
export interface FilterState {
  filter: number
  /** Root mean square of its weights. */
  rms: number
  /** Largest weight below 0.01 of the layer's largest. */
  dead: boolean
}

/** RMS of each filter of w [K, …], and whether it is dead. */
export function filterStates(w: Tensor): FilterState[] {
  const [K] = w.shape
  const data = w.toTypedArray()
  const n = data.length / K
  const filters = Array.from({ length: K }, (_, k) => data.subarray(k * n, (k + 1) * n))
  const peak = (f: ArrayLike<number>): number => Math.max(...Array.from(f, Math.abs))
  const largest = Math.max(...filters.map(peak))
  return filters.map((f, filter) => ({
    filter,
    rms: Math.sqrt(Array.from(f).reduce((s, v) => s + v * v, 0) / n),
    dead: peak(f) < 0.01 * largest,
  }))
}

/**
 * Filters whose RMS exceeds `limit` scaled to it, in place.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 3.
 * @param w [K, …] @returns how many were scaled
 */
export function renormalizeFilters(w: Tensor, limit = 0.1): number {
  if (!(limit > 0)) throw new RangeError(`renormalizeFilters: limit ${limit}; a number above 0`)
  const states = filterStates(w).filter(f => f.rms > limit)
  noGrad(() => {
    for (const { filter, rms } of states) w.at(filter).mul_(limit / rms)
  })
  return states.length
}
