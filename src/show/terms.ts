/** A value opened into what it was computed from, with the kernel's own numbers. */
import type { Layer } from '../explain/layers.ts'
import { formatShape } from '../spec/text.ts'
import { flatIndex, numbersOf } from './values.ts'

export interface Explained {
  /** What was read: its place in the source layer, its value, its weight, their product. Padding is left out: it adds 0. */
  terms: { source: number[]; x: number; w: number; product: number }[]
  bias: number
  /** Sum of the products and the bias: the value before the activation. */
  sum: number
  /** The value in the layer, after the activation. */
  value: number
}

/**
 * The terms of one value. Max pooling weighs its winner 1 and the others 0; the mean weighs each 1 / (window's cells).
 * @throws RangeError for a place outside the layer; Error for a layer that is not a weighted sum
 */
export function termsOf(layers: readonly Layer[], n: number, index: readonly unknown[]): Explained {
  const layer = layers[n]
  const { op, shape } = layer
  const at = index.map(Number)
  if (
    at.length !== shape.length ||
    at.some((i, d) => !Number.isInteger(i) || i < 0 || i >= shape[d])
  )
    throw new RangeError(
      `explain: [${index.join(', ')}] lies outside ${layer.name} ${formatShape(shape)}`,
    )
  if (layer.source < 0) throw new Error('explain: the input is given, it is not computed')
  const source = layers[layer.source]
  const x = numbersOf(source.values)
  const terms: Explained['terms'] = []
  let bias = 0
  const add = (place: number[], w: number): void => {
    const value = x[flatIndex(place, source.shape)]
    terms.push({ source: place, x: value, w, product: value * w })
  }
  const [c, i, j] = at
  switch (op.op) {
    case 'conv2d': {
      const w = numbersOf(op.weight)
      const [filters, channels, h, k] = op.weight.shape
      const start = Math.floor(c / (filters / op.groups)) * channels
      for (let d = 0; d < channels; d++)
        for (let a = 0; a < h; a++)
          for (let b = 0; b < k; b++) {
            const row = i * op.stride[0] - op.padding[0] + a * op.dilation[0]
            const column = j * op.stride[1] - op.padding[1] + b * op.dilation[1]
            if (row >= 0 && column >= 0 && row < source.shape[1] && column < source.shape[2])
              add([start + d, row, column], w[flatIndex([c, d, a, b], op.weight.shape)])
          }
      bias = op.bias ? numbersOf(op.bias)[c] : 0
      break
    }
    case 'linear': {
      const w = numbersOf(op.weight)
      const inputs = op.weight.shape[1]
      for (let d = 0; d < inputs; d++) add([d], w[c * inputs + d])
      bias = op.bias ? numbersOf(op.bias)[c] : 0
      break
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      const places: number[][] = []
      for (let a = 0; a < op.kernel[0]; a++)
        for (let b = 0; b < op.kernel[1]; b++) {
          const row = i * op.stride[0] - op.padding[0] + a
          const column = j * op.stride[1] - op.padding[1] + b
          if (row >= 0 && column >= 0 && row < source.shape[1] && column < source.shape[2])
            places.push([c, row, column])
        }
      const values = places.map(p => x[flatIndex(p, source.shape)])
      const best = values.indexOf(Math.max(...values))
      const mean = 1 / (op.kernel[0] * op.kernel[1])
      places.forEach((p, q) => add(p, op.op === 'avgPool2d' ? mean : q === best ? 1 : 0))
      break
    }
    case 'flatten': {
      const place: number[] = []
      for (let d = source.shape.length - 1, rest = c; d >= 0; d--) {
        place.unshift(rest % source.shape[d])
        rest = Math.floor(rest / source.shape[d])
      }
      add(place, 1)
      break
    }
    default:
      throw new Error(
        `explain: ${layer.name} (${op.op === 'other' ? op.name : op.op}) is no weighted sum`,
      )
  }
  return {
    terms,
    bias,
    sum: terms.reduce((sum, term) => sum + term.product, bias),
    value: numbersOf(layer.values)[flatIndex(at, shape)],
  }
}
