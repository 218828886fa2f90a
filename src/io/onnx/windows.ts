/** ONNX's operations that look through windows: convolution and pooling, with padding that may differ at both ends. */
import { conv2d, convTranspose2d } from '../../ops/conv2d.ts'
import { div } from '../../ops/elementwise.ts'
import { pad } from '../../ops/pad.ts'
import { avgPool2d, maxPool2d } from '../../ops/pool.ts'
import { max, mean } from '../../ops/reduce.ts'
import { narrow, reshape } from '../../ops/views.ts'
import { onesLike } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from './call.ts'

export interface Windows {
  kernel: [number, number]
  stride: [number, number]
  dilation: [number, number]
  /** Above, left, below, right. */
  pads: [number, number, number, number]
}

/** Attributes of a node over maps; one-dimensional ones become maps of height 1. */
export function windowsOf(c: Call, x: Tensor, kernel: readonly number[]): Windows {
  const rank = x.ndim - 2
  if (rank !== 1 && rank !== 2)
    c.fail(`x is [${x.shape.join(', ')}]; [N, C, L] and [N, C, H, W] are read`)
  const each = (name: string, otherwise: number, least: number, count = rank): number[] => {
    const list = c.ints(name) ?? new Array<number>(count).fill(otherwise)
    if (list.length !== count || list.some(n => !Number.isInteger(n) || n < least || n > 2 ** 20))
      c.fail(`${name} is [${list.join(', ')}]`)
    return list
  }
  if (kernel.length !== rank || kernel.some(k => !Number.isInteger(k) || k < 1 || k > 2 ** 20))
    c.fail(`the window is [${kernel.join(', ')}] for x [${x.shape.join(', ')}]`)
  const [stride, dilation] = [each('strides', 1, 1), each('dilations', 1, 1)]
  let pads = each('pads', 0, 0, 2 * rank)
  const auto = c.string('auto_pad', 'NOTSET')
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const total = kernel.map((k, d) => {
      const n = x.shape[2 + d]
      const count = Math.ceil(n / stride[d])
      return Math.max(0, (count - 1) * stride[d] + (k - 1) * dilation[d] + 1 - n)
    })
    const less = total.map(t => Math.floor(t / 2))
    const more = total.map((t, d) => t - less[d])
    pads = auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less]
  } else if (auto === 'VALID') pads = new Array<number>(2 * rank).fill(0)
  else if (auto !== 'NOTSET' && auto !== '') c.fail(`auto_pad ${auto}`)
  const two = (list: readonly number[], first: number): [number, number] =>
    rank === 1 ? [first, list[0]] : [list[0], list[1]]
  const [above, left] = two(pads.slice(0, rank), 0)
  const [below, right] = two(pads.slice(rank), 0)
  return {
    kernel: two(kernel, 1),
    stride: two(stride, 1),
    dilation: two(dilation, 1),
    pads: [above, left, below, right],
  }
}

const even = ([above, left, below, right]: Windows['pads']): boolean =>
  above === below && left === right
const maps = (x: Tensor): Tensor =>
  x.ndim === 3 ? reshape(x, [x.shape[0], x.shape[1], 1, x.shape[2]]) : x
const back = (y: Tensor, like: Tensor): Tensor =>
  like.ndim === 3 ? reshape(y, [y.shape[0], y.shape[1], y.shape[3]]) : y

function framed(
  c: Call,
  x: Tensor,
  [above, left, below, right]: Windows['pads'],
  value = 0,
): Tensor {
  const [n, ch, h, w] = x.shape
  c.limit([n, ch, h + above + below, w + left + right])
  return above || left || below || right ? pad(x, [left, right, above, below], { value }) : x
}

export const conv: Operator = c => {
  const [x, w, bias] = [c.input(0), c.input(1), c.optional(2)]
  const p = windowsOf(c, x, c.ints('kernel_shape') ?? w.shape.slice(2))
  const groups = c.int('group', 1)
  const m = maps(x)
  const { stride, dilation, pads } = p
  c.limit(
    [
      m.shape[0],
      w.shape[0],
      (m.shape[2] + pads[0] + pads[2]) / stride[0],
      (m.shape[3] + pads[1] + pads[3]) / stride[1],
    ].map(Math.ceil),
  )
  const y = even(pads)
    ? conv2d(m, maps(w), { bias, stride, dilation, groups, padding: [pads[0], pads[1]] })
    : conv2d(framed(c, m, pads), maps(w), { bias, stride, dilation, groups })
  return back(y, x)
}

export const convTranspose: Operator = c => {
  const [x, w, bias] = [c.input(0), c.input(1), c.optional(2)]
  const p = windowsOf(c, x, c.ints('kernel_shape') ?? w.shape.slice(2))
  const rank = x.ndim - 2
  const more = c.ints('output_padding') ?? new Array<number>(rank).fill(0)
  const outputPadding: [number, number] = rank === 1 ? [0, more[0]] : [more[0], more[1]]
  const [groups, m] = [c.int('group', 1), maps(x)]
  const { stride, dilation, kernel } = p
  const size = [0, 1].map(
    d => (m.shape[2 + d] - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1 + outputPadding[d],
  )
  c.limit([m.shape[0], w.shape[1] * groups, ...size])
  const pads = cutsOf(c, p, m, size, rank)
  const options = { bias, stride, dilation, groups, outputPadding }
  if (even(pads))
    return back(convTranspose2d(m, maps(w), { ...options, padding: [pads[0], pads[1]] }), x)
  const y = convTranspose2d(m, maps(w), options)
  const rows = narrow(y, 2, pads[0], size[0] - pads[0] - pads[2])
  return back(narrow(rows, 3, pads[1], size[1] - pads[1] - pads[3]), x)
}

/** What is taken off a transposed convolution: pads, or what makes the wanted shape. */
function cutsOf(
  c: Call,
  p: Windows,
  m: Tensor,
  size: readonly number[],
  rank: number,
): Windows['pads'] {
  const auto = c.string('auto_pad', 'NOTSET')
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER'
  const wanted = c.ints('output_shape')?.slice(-rank)
  if (!wanted && !same) return p.pads
  const target = wanted
    ? rank === 1 ? [1, wanted[0]] : wanted
    : [0, 1].map(d => m.shape[2 + d] * p.stride[d]) // prettier-ignore
  const total = size.map((s, d) => s - target[d])
  if (total.some(t => !Number.isInteger(t) || t < 0)) c.fail(`a result of [${target.join(', ')}] from [${size.join(', ')}]`) // prettier-ignore
  const [less, more] = [total.map(t => Math.floor(t / 2)), total.map(t => Math.ceil(t / 2))]
  const [first, last] = auto === 'SAME_UPPER' ? [less, more] : [more, less]
  return [first[0], first[1], last[0], last[1]]
}

export const maxPool: Operator = c => {
  const x = c.input(0)
  if (c.node.outputs[1]) c.fail('switches as a second output are not read')
  const { kernel, stride, dilation, pads } = windowsOf(c, x, c.ints('kernel_shape') ?? [])
  const ceilMode = c.int('ceil_mode', 0) !== 0
  const small = pads[0] <= kernel[0] / 2 && pads[1] <= kernel[1] / 2
  const options = { stride, dilation, ceilMode }
  return back(
    even(pads) && small
      ? maxPool2d(maps(x), kernel, { ...options, padding: [pads[0], pads[1]] })
      : maxPool2d(framed(c, maps(x), pads, -Infinity), kernel, options),
    x,
  )
}

export const averagePool: Operator = c => {
  const x = c.input(0)
  const { kernel, stride, dilation, pads } = windowsOf(c, x, c.ints('kernel_shape') ?? [])
  if (dilation[0] !== 1 || dilation[1] !== 1) c.fail('dilations of a mean are not read')
  const ceilMode = c.int('ceil_mode', 0) !== 0
  const countIncludePad = c.int('count_include_pad', 0) !== 0
  const small = pads[0] <= kernel[0] / 2 && pads[1] <= kernel[1] / 2
  const m = maps(x)
  if (even(pads) && small)
    return back(
      avgPool2d(m, kernel, { stride, padding: [pads[0], pads[1]], ceilMode, countIncludePad }),
      x,
    )
  const y = avgPool2d(framed(c, m, pads), kernel, { stride, ceilMode })
  if (countIncludePad) return back(y, x)
  // Σ x / number of cells, both as shares of the window.
  return back(div(y, avgPool2d(framed(c, onesLike(m), pads), kernel, { stride, ceilMode })), x)
}

const rest = (x: Tensor): number[] => x.shape.map((_, d) => d).slice(2)
export const globalAveragePool: Operator = c =>
  mean(c.input(0), { dim: rest(c.input(0)), keepdim: true })
export const globalMaxPool: Operator = c => {
  const x = c.input(0)
  const flat = reshape(x, [x.shape[0], x.shape[1], -1])
  return reshape(max(flat, { dim: 2 }), [x.shape[0], x.shape[1], ...rest(x).map(() => 1)])
}
