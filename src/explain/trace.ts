/** The record of one forward pass: every operation with its inputs and its output, and, for a network, its layers. */
import { restoring } from '../backend/interrupted.ts'
import { withRecorder, type OpRecord } from '../autograd/recorder.ts'
import { noGrad } from '../autograd/tape.ts'
import type { Example } from '../data/index.ts'
import { Module, withNames } from '../nn/module.ts'
import { div, reshape } from '../ops/index.ts'
import { show } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { layersOf, type Layer } from './layers.ts'

/** What a piece of code computed. */
export class Trace {
  constructor(
    /** Operations in the order in which they ran. */
    readonly ops: readonly OpRecord[],
    /** What the code returned; null if that was no tensor. */
    readonly output: Tensor | null,
  ) {}

  /** One line an operation. */
  toString(): string {
    const line = ({ op, inputs, output, path }: OpRecord): string =>
      `${[...path, op].join('.')}: ${inputs.map(x => show(x.shape)).join(', ')} → ${show(output.shape)}`
    return [`trace of ${this.ops.length} operations`, ...this.ops.map(line)].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** One image's way through a network. */
export class NetworkTrace extends Trace {
  constructor(
    ops: readonly OpRecord[],
    override readonly output: Tensor,
    readonly net: Module,
    /** float32 [1, C, H, W] */
    readonly input: Tensor,
    /** Name of the input's class, when it came with one. */
    readonly label: string | null,
    /** The input first, then each layer with its activation, then softmax if the network ends in logits. */
    readonly layers: readonly Layer[],
  ) {
    super(ops, output)
  }
}

export interface TraceOptions {
  /** Ends with softmax when the network ends with a linear layer of two outputs or more. Default true. */
  softmax?: boolean
}

/**
 * Runs `f` and records every operation in it: `trace(() => conv2d(x, w))`.
 */
export function trace(f: () => unknown): Trace
/**
 * Runs `net` on one image and records its layers: `trace(net, test.at(6))`. The network is in `eval()` meanwhile, and
 * weights and values are copied, so that training on does not change the record.
 * @param image float [1, C, H, W], [C, H, W] or [H, W], or uint8 of those shapes (0…255 becomes 0…1), or an example of a data set
 * @throws RangeError when the image is a batch of several
 */
export function trace(net: Module, image: Tensor | Example, options?: TraceOptions): NetworkTrace
export function trace(
  subject: Module | (() => unknown),
  image?: Tensor | Example,
  options: TraceOptions = {},
): Trace {
  if (subject instanceof Module) {
    if (image === undefined)
      throw new TypeError('trace: a network needs an image: trace(net, test.at(0))')
    return traceNetwork(subject, image, options)
  }
  if (typeof subject !== 'function')
    throw new TypeError(
      `trace: ${subject === null ? 'null' : typeof subject} is neither a function nor a network; trace(() => conv2d(x, w)) or trace(net, image)`,
    )
  const ops: OpRecord[] = []
  const output = withRecorder({ record: entry => ops.push(entry) }, subject)
  return new Trace(ops, output instanceof Tensor ? output : null)
}

function traceNetwork(net: Module, image: Tensor | Example, options: TraceOptions): NetworkTrace {
  const example = image instanceof Tensor ? null : image
  const x = asInput(example ? example.x : image)
  const ops: OpRecord[] = []
  const modes = [...net.namedModules()].map(([, m]) => [m, m.training] as const)
  net.eval()
  return restoring(
    () => {
      return noGrad(() => {
        const recorder = { record: (entry: OpRecord): unknown => ops.push(entry) }
        const output = withRecorder(recorder, () => withNames(net, () => net.forward(x)))
        const layers = layersOf(x, ops, options.softmax ?? true)
        return new NetworkTrace(ops, output, net, x, example?.name ?? null, layers)
      })
    },
    () => {
      for (const [m, training] of modes) m.training = training
    },
  )
}

/** One image as float32 (or float64) [1, C, H, W] of its own. */
function asInput(image: unknown): Tensor {
  if (!(image instanceof Tensor))
    throw new TypeError(
      'trace: the image is a tensor [1, C, H, W], [C, H, W] or [H, W], or test.at(6)',
    )
  const { shape, ndim } = image
  if (ndim < 2 || ndim > 4 || (ndim === 4 && shape[0] !== 1))
    throw new RangeError(
      `trace: the image is ${show(shape)}; one image is [1, C, H, W], [C, H, W] or [H, W]${ndim === 4 ? ': test.images.at(6)' : ''}`,
    )
  return noGrad(() => {
    const real =
      image.dtype === 'float32' || image.dtype === 'float64'
        ? image.detach().clone()
        : image.to('float32')
    const scaled = image.dtype === 'uint8' ? div(real, 255) : real
    return reshape(scaled, [...new Array<number>(4 - ndim).fill(1), ...shape])
  })
}
