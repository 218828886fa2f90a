/** Does a picture depend on what the network learned? Weights shuffled from the top, pictures compared by rank. */
import { restoring } from '../backend/interrupted.ts'
import { noGrad } from '../autograd/tape.ts'
import type { Module, StateDict } from '../nn/module.ts'
import { show } from '../tensor/shape.ts'
import { Generator } from '../tensor/random.ts'
import { fromFlat, Tensor } from '../tensor/tensor.ts'

/**
 * Spearman's rank correlation of two lists: the correlation of their ranks, ties share the mean rank. Of tensors the sizes of
 * the values (their absolute values) are compared, as for attribution maps.
 * Spearman, The proof and measurement of association between two things, 1904; Adebayo et al., arXiv 1810.03292, section 3.
 * @returns −1…1; NaN when one of them is constant @throws RangeError for different lengths
 */
export function rankCorrelation(
  a: Tensor | ArrayLike<number>,
  b: Tensor | ArrayLike<number>,
): number {
  const list = (x: Tensor | ArrayLike<number>): number[] =>
    x instanceof Tensor ? Array.from(x.toTypedArray(), Math.abs) : Array.from(x)
  const [x, y] = [ranks(list(a)), ranks(list(b))]
  if (x.length !== y.length)
    throw new RangeError(`rankCorrelation: ${x.length} values beside ${y.length}`)
  const mean = (x.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean)
    xx += (x[i] - mean) ** 2
    yy += (y[i] - mean) ** 2
  }
  return xy / Math.sqrt(xx * yy)
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): Float64Array {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j])
  const rank = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let i = from; i < to; i++) rank[order[i]] = (from + 1 + to) / 2
    from = to
  }
  return rank
}

/** Names of the layers that have parameters of their own, in the network's order. */
function layersWithParameters(net: Module): string[] {
  return [...new Set(net.namedParameters().map(([name]) => name.slice(0, name.lastIndexOf('.'))))]
}

/**
 * Shuffles the parameters of the named layers in place (each tensor's own numbers, so that their distribution stays).
 * Adebayo et al., Sanity checks for saliency maps, arXiv 1810.03292, section 3.
 * @param layers paths; default all layers with parameters
 * @returns a function that puts the trained weights back
 * @throws RangeError for a layer without parameters
 */
export function shuffleWeights(
  net: Module,
  { layers, seed = 0 }: { layers?: readonly string[]; seed?: number } = {},
): () => void {
  const known = layersWithParameters(net)
  for (const name of layers ?? [])
    if (!known.includes(name))
      throw new RangeError(
        `shuffleWeights: no parameters in ${JSON.stringify(name)}; there are ${known.join(', ')}`,
      )
  const before = net.stateDict()
  const generator = new Generator(seed)
  noGrad(() => {
    for (const [name, p] of net.namedParameters()) {
      if (layers && !layers.includes(name.slice(0, name.lastIndexOf('.')))) continue
      const values = p.toTypedArray()
      for (let i = values.length - 1; i > 0; i--) {
        const j = generator.below(i + 1)
        ;[values[i], values[j]] = [values[j], values[i]]
      }
      p.copy_(fromFlat(values, p.shape, p.dtype))
    }
  })
  return () => net.loadStateDict(before)
}

export interface RandomizationStep {
  /** Layers shuffled so far, from the top. */
  shuffled: string[]
  /** The picture then. */
  pixels: Tensor
  /** Rank correlation of its sizes with those of the trained network's picture. */
  correlation: number
}

/**
 * Cascading randomization: the layers' weights shuffled one after the other from the output down, the picture made again each
 * time and compared with the trained one by rank. The network is as before afterwards.
 * Adebayo et al., Sanity checks for saliency maps, arXiv 1810.03292, figure 2.
 * @param picture makes the picture with the network as it is, e.g. `() => deconvnet(net, image, { layer: 'conv3', unit: 109 })`
 * @param options layers: from the top; default all with parameters
 */
export function randomizeWeights(
  net: Module,
  picture: () => Tensor | { pixels: Tensor },
  { layers, seed = 0 }: { layers?: readonly string[]; seed?: number } = {},
): { trained: Tensor; steps: RandomizationStep[] } {
  const draw = (): Tensor => {
    const made = picture()
    return made instanceof Tensor ? made : made.pixels
  }
  const before: StateDict = net.stateDict()
  const trained = draw()
  const order = layers ?? layersWithParameters(net).reverse()
  return restoring(
    () => {
      const steps = order.map((name, i): RandomizationStep => {
        shuffleWeights(net, { layers: [name], seed: seed + i })
        const pixels = draw()
        if (pixels.size !== trained.size)
          throw new RangeError(
            `randomizeWeights: the picture changed from ${show(trained.shape)} to ${show(pixels.shape)}`,
          )
        return {
          shuffled: order.slice(0, i + 1),
          pixels,
          correlation: rankCorrelation(trained, pixels),
        }
      })
      return { trained, steps }
    },
    () => {
      net.loadStateDict(before)
    },
  )
}
