/** Nodes that are one of our layers, so that views, explanations and shape inference know what they are. */
import {
  AvgPool2d, BatchNorm1d, BatchNorm2d, Conv1d, Conv2d, Dropout, Flatten, Identity, LeakyReLU, Linear, LogSoftmax, MaxPool2d,
  ReLU, shapesOnly, Sigmoid, Softmax, Tanh, type Module, parameter, ELU, ReLU6, Softplus,
} from '../../nn/index.ts' // prettier-ignore
import type { Pair } from '../../ops/conv2d.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Node } from './model.ts'

/** The layer, with the node's weights; null where it takes something that no layer of ours has. */
export function native(
  node: Node,
  weights: readonly (Tensor | null)[],
  opset: number,
  /** Axes of the value that comes in, where the file tells. */
  rank: number | null,
): Module | null {
  const { attributes, inputs } = node
  const list = (name: string): number[] | null => {
    const v = attributes.get(name)
    return Array.isArray(v) && v.every(n => typeof n === 'number') ? v : null
  }
  const number = (name: string, otherwise: number): number => {
    const v = attributes.get(name) ?? otherwise
    return typeof v === 'number' ? v : NaN
  }
  // One value from another node, in the first place.
  if (!inputs[0] || weights[0] || inputs.some((name, i) => i > 0 && name && !weights[i]))
    return null
  if (node.outputs.slice(1).some(Boolean)) return null

  const [w, b] = [weights[1] ?? null, weights[2] ?? null]
  switch (node.op) {
    case 'Relu':
      return new ReLU()
    case 'LeakyRelu':
      return new LeakyReLU(number('alpha', 0.01))
    case 'Sigmoid':
      return new Sigmoid()
    case 'Tanh':
      return new Tanh()
    case 'Elu':
      return new ELU(number('alpha', 1))
    case 'Softplus':
      return new Softplus()
    case 'Clip': {
      const [low, high] = opset < 11 ? [number('min', NaN), number('max', NaN)] : [weights[1]?.item(), weights[2]?.item()] // prettier-ignore
      return low === 0 && high === 6 ? new ReLU6() : null
    }
    case 'Identity':
      return new Identity()
    case 'Softmax':
    case 'LogSoftmax':
      if (opset < 13) return null
      return node.op === 'Softmax'
        ? new Softmax(number('axis', -1))
        : new LogSoftmax(number('axis', -1))
    case 'Dropout': {
      const p = opset < 12 ? number('ratio', 0.5) : weights[1] ? weights[1].item() : 0.5
      return p >= 0 && p <= 1 ? new Dropout(p) : null
    }
    case 'Flatten':
      return number('axis', 1) === 1 ? new Flatten() : null
    case 'Gemm': {
      const plain = number('alpha', 1) === 1 && number('beta', 1) === 1 && !number('transA', 0)
      if (!plain || number('transB', 0) !== 1 || !w || w.ndim !== 2 || !w.size || !floats(w, b)) return null // prettier-ignore
      const [out, inside] = w.shape
      if (b && (b.ndim !== 1 || b.shape[0] !== out)) return null
      return fill(
        shapesOnly(() => new Linear(inside, out, { bias: !!b })),
        w,
        b,
      )
    }
    case 'Conv': {
      const axes = w ? w.ndim - 2 : 0
      if (!w || (axes !== 1 && axes !== 2) || !w.size || !floats(w, b) || padded(attributes.get('auto_pad'))) return null // prettier-ignore
      const kernel = list('kernel_shape') ?? w.shape.slice(2)
      const pads = list('pads') ?? new Array<number>(2 * axes).fill(0)
      const stride = list('strides') ?? new Array<number>(axes).fill(1)
      const dilation = list('dilations') ?? new Array<number>(axes).fill(1)
      const groups = number('group', 1)
      const fits =
        kernel.every((k, d) => k === w.shape[2 + d]) &&
        pads.length === 2 * axes &&
        pads.every((p, i) => whole(p, 0) && p === pads[(i + axes) % (2 * axes)]) &&
        [...stride, ...dilation, groups].every(n => whole(n, 1)) &&
        stride.length === axes &&
        dilation.length === axes &&
        kernel.length === axes &&
        w.shape[0] % groups === 0 &&
        (!b || (b.ndim === 1 && b.shape[0] === w.shape[0]))
      if (!fits) return null
      const [inside, out] = [w.shape[1] * groups, w.shape[0]]
      const options = said({ bias: [!!b, true], groups: [groups, 1], stride: [one(stride), 1], padding: [one(pads.slice(0, axes)), 0], dilation: [one(dilation), 1] }) // prettier-ignore
      return fill(
        shapesOnly(() =>
          axes === 1
            ? new Conv1d(inside, out, kernel[0], options as ConstructorParameters<typeof Conv1d>[3]) // numbers, one each
            : new Conv2d(inside, out, one(kernel), options),
        ),
        w,
        b,
      )
    }
    case 'MaxPool':
    case 'AveragePool': {
      const kernel = list('kernel_shape') ?? []
      const pads = list('pads') ?? [0, 0, 0, 0]
      const stride = list('strides') ?? [1, 1]
      const dilation = list('dilations') ?? [1, 1]
      const fits =
        kernel.length === 2 &&
        pads.length === 4 &&
        stride.length === 2 &&
        dilation.length === 2 &&
        !padded(attributes.get('auto_pad')) &&
        [...kernel, ...stride, ...dilation].every(n => whole(n, 1)) &&
        pads.every((p, i) => whole(p, 0) && p === pads[(i + 2) % 4] && p <= kernel[i % 2] / 2)
      if (!fits) return null
      const options = said({ stride: [one(stride), one(kernel)], padding: [one(pads.slice(0, 2)), 0], ceilMode: [number('ceil_mode', 0) !== 0, false] }) // prettier-ignore
      if (node.op === 'MaxPool')
        return new MaxPool2d(one(kernel), { ...options, ...said({ dilation: [one(dilation), 1] }) })
      if (dilation.some(d => d !== 1)) return null
      const countIncludePad = number('count_include_pad', 0) !== 0
      return new AvgPool2d(one(kernel), { ...options, ...said({ countIncludePad: [countIncludePad, true] }) }) // prettier-ignore
    }
    case 'BatchNormalization': {
      const all = weights.slice(1, 5)
      if (all.length !== 4 || number('training_mode', 0) || all.some(t => !t || t.ndim !== 1 || t.size !== all[0]?.size || t.dtype !== 'float32' || !t.size)) return null // prettier-ignore
      if (rank !== 2 && rank !== 3 && rank !== 4) return null
      const layer = new (rank === 4 ? BatchNorm2d : BatchNorm1d)(all[0]!.size, {
        eps: number('epsilon', 1e-5),
        momentum: 1 - number('momentum', 0.9),
      })
      const [weight, bias, mean, variance] = all as Tensor[] // as checked
      return Object.assign(layer, {
        weight: parameter(weight),
        bias: parameter(bias),
        runningMean: mean,
        runningVar: variance,
      })
    }
  }
  return null
}

function fill<M extends Module & { weight: Tensor; bias: Tensor | null }>(
  layer: M,
  weight: Tensor,
  bias: Tensor | null,
): M {
  layer.weight = parameter(weight)
  layer.bias = bias && parameter(bias)
  return layer
}

/** Padding that depends on the size of what comes in. */
const padded = (auto: unknown): boolean => !!auto && auto !== 'NOTSET'
/** One number where all are alike. */
const one = (list: readonly number[]): Pair =>
  list.every(n => n === list[0]) ? list[0] : [list[0], list[1]]
/** Options that are not at their default: [value, default] by name. */
function said<T extends Record<string, readonly [unknown, unknown]>>(
  options: T,
): { [K in keyof T]?: T[K][0] } {
  const alike = (a: unknown, b: unknown): boolean => String(a) === String(b)
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, [v, usual]]) => (alike(v, usual) ? [] : [[name, v]])),
  ) as { [K in keyof T]?: T[K][0] } // a part of the names with their values
}
const whole = (n: number, least: number): boolean =>
  Number.isInteger(n) && n >= least && n <= 2 ** 20
const floats = (w: Tensor, b: Tensor | null): boolean =>
  w.dtype === 'float32' && (!b || b.dtype === 'float32')
