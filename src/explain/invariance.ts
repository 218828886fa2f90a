/** What moving, scaling, turning and covering an image does to what the layers say of it. */
import { noGrad } from '../autograd/tape.ts'
import type { Example } from '../data/index.ts'
import type { Module } from '../nn/module.ts'
import { cat, softmax } from '../ops/index.ts'
import { show } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { asImage, asImages, forwardTo, still } from './pass.ts'
import { transformImage, type TransformOptions } from './resample.ts'

export interface InvarianceOptions {
  /** Layers compared, e.g. the first and a late one. */
  layers: readonly string[]
  /** Class whose probability is followed. Default: that of the image as it is. */
  target?: number
}

export interface Invariance {
  /** What was done to the image. */
  changes: readonly TransformOptions[]
  /** The changed images, [N, C, H, W]. */
  images: Tensor
  /** By layer, for each change: ‖f(x) − f(x′)‖. */
  distance: Record<string, number[]>
  /** By layer: the distance divided by ‖f(x)‖. */
  relative: Record<string, number[]>
  target: number
  /** Probability of the target class for each change. */
  probability: number[]
}

/**
 * Distance between the features of an image and of its changed versions, layer by layer, and the probability of its class.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, figure 5.
 * @param changes e.g. `[-3, …, 3].map(right => ({ right }))`, or degrees `({ rotate })`, or factors `({ scale })`
 */
export function invariance(
  net: Module,
  image: Tensor | Example,
  changes: readonly TransformOptions[],
  options: InvarianceOptions,
): Invariance {
  const x = asImage('invariance', image)
  if (!changes.length) throw new RangeError('invariance: there are no changes')
  return still(net, () =>
    noGrad(() => {
      const all = cat([x, ...changes.map(c => transformImage(x, c))], 0)
      const p = softmax(forwardTo('invariance', net, all).values, 1)
      const target = options.target ?? p.at(0).argmax().item()
      if (!(Number.isInteger(target) && target >= 0 && target < p.shape[1]))
        throw new RangeError(`invariance: target ${target}; there are ${p.shape[1]} classes`)
      const distance: Record<string, number[]> = Object.create(null)
      const relative: Record<string, number[]> = Object.create(null)
      for (const layer of options.layers) {
        const f = forwardTo('invariance', net, all, layer).values
        const length = norm(f.at(0))
        distance[layer] = changes.map((_, i) => norm(f.at(i + 1).sub(f.at(0))))
        relative[layer] = distance[layer].map(d => d / length)
      }
      const probability = changes.map((_, i) =>
        p
          .at(i + 1)
          .at(target)
          .item(),
      )
      return {
        changes: [...changes],
        images: all.narrow(0, 1, changes.length).clone(),
        distance,
        relative,
        target,
        probability,
      }
    }),
  )
}

const norm = (t: Tensor): number => Math.sqrt(t.square().sum().item())

/** [top, left, height, width] in pixels. */
export type Patch = readonly [number, number, number, number]

/**
 * Does a layer keep a relation between the same part of different images? Each image's part is covered, ε is the change of the
 * layer's features, and Δ = Σ_{i≠j} H(sign εᵢ, sign εⱼ) / (n·(n − 1)·units) the mean Hamming distance of the signs: low when
 * covering the part does the same to all.
 * Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 4.4 and table 1.
 * @param x images [N, C, H, W], N ≥ 2 @param patches the part in each image
 * @returns Δ, 0…1, divided by the number of pairs and features
 */
export function correspondence(
  net: Module,
  x: Tensor,
  patches: readonly Patch[],
  { layer, fill = 0.5 }: { layer: string; fill?: number },
): number {
  const images = asImages('correspondence', x)
  const [N, , H, W] = images.shape
  if (N < 2 || patches.length !== N)
    throw new RangeError(
      `correspondence: ${patches.length} patches for images ${show(images.shape)}; one for each of two or more`,
    )
  return still(net, () =>
    noGrad(() => {
      const covered = images.clone()
      patches.forEach(([top, left, h, w], n) => {
        if (!(top >= 0 && left >= 0 && h >= 1 && w >= 1 && top + h <= H && left + w <= W))
          throw new RangeError(
            `correspondence: patch ${n} [${top}, ${left}, ${h}, ${w}] outside ${H}×${W}`,
          )
        covered.at(n).narrow(1, top, h).narrow(2, left, w).fill_(fill)
      })
      const features = (t: Tensor): Tensor => forwardTo('correspondence', net, t, layer).values
      const signs = features(images).sub(features(covered)).sign().reshape([N, -1]).toTypedArray()
      const units = signs.length / N
      let different = 0
      for (let i = 0; i < N; i++)
        for (let j = 0; j < N; j++)
          if (i !== j)
            for (let u = 0; u < units; u++)
              if (signs[i * units + u] !== signs[j * units + u]) different++
      return different / (N * (N - 1) * units)
    }),
  )
}
