/** Sizes along one axis: which windows fit, and what is left over. */
import { Architecture } from '../nn/architecture.ts'
import {
  exactSize,
  leftOver,
  MAX_CELLS,
  reachOf,
  sizeAfter,
  wouldFit,
  type SizeStep,
} from '../spec/sizes.ts'
import { show } from '../tensor/shape.ts'
import { Trace } from './trace.ts'

export interface SizeOptions {
  /** Cells along the axis. */
  input: number
  /** Cells that a window reads. */
  window: number
  /** Default 1. */
  stride?: number
  /** Cells of padding on each side. Default 0. */
  padding?: number
  /** Spacing of the window's cells. Default 1. */
  dilation?: number
}

/** An axis and the windows that are laid along it, one step after the other. */
export class Sizes {
  constructor(
    readonly input: number,
    readonly steps: readonly SizeStep[],
    /** Where it comes from, e.g. a network's name. */
    readonly name: string,
  ) {}

  /** Cells after each step; 0 where no window fits. */
  get outputs(): number[] {
    const out: number[] = []
    let n = this.input
    for (const step of this.steps) out.push((n = n ? sizeAfter(n, step) : 0))
    return out
  }
  /** Cells at the end that each step never reads. */
  get rests(): number[] {
    const { outputs, input } = this
    return this.steps.map((step, k) => {
      const n = k ? outputs[k - 1] : input
      return n ? leftOver(n, step) : 0
    })
  }
  /** One line a step. */
  toString(): string {
    const { outputs, rests, steps, input } = this
    const lines = steps.map((step, k) => sizeSentence(k ? outputs[k - 1] : input, step, rests[k]))
    return steps.length === 1
      ? lines[0]
      : [
          `${this.name}: ${[input, ...outputs].join(' → ')}`,
          ...lines.map((line, k) => `${steps[k].name}: ${line}`),
        ].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() }
  }
}

/** `(7 + 2·1 − 3) / 2 + 1 = 4: every cell is read.`, or what is left over and what would fit. */
export function sizeSentence(n: number, step: SizeStep, rest: number): string {
  const exact = exactSize(n, step)
  const formula = `(${n} + 2·${step.padding} − ${reachOf(step)}) / ${step.stride} + 1 = `
  if (exact < 1) return `${formula}${round(exact)}: the window is longer than the padded input.`
  if (!rest) return `${formula}${exact}: every cell is read.`
  const offers = wouldFit(n, step).map(({ what, value }) => `${what} ${value}`)
  const fit = offers.length
    ? ` It would fit with ${offers.slice(0, -1).join(', ')}${offers.length > 1 ? ' or ' : ''}${offers[offers.length - 1]}.`
    : ''
  return `${formula}${round(exact)}, so ${Math.floor(exact)}: ${rest > step.padding ? `${rest - step.padding} cell${rest - step.padding > 1 ? 's are' : ' is'} never read` : 'only padding is left over'}.${fit}`
}

const round = (v: number): string =>
  Number.isInteger(v) ? String(v).replace('-', '−') : v.toFixed(2).replace('-', '−')

/**
 * Sizes along one axis: of given numbers, of the one convolution or pooling in a trace, or of all windows in a network,
 * each reading what the one before gives.
 *
 *     show(sizes({ input: 7, window: 3, stride: 2, padding: 1 }))
 *     show(sizes(architecture(net, [1, 3, 224, 224])))
 * @param options axis: 0 (default) for rows, 1 for columns
 * @throws RangeError for numbers that are no sizes, TypeError for a trace or a network without windows
 */
export function sizes(
  of: SizeOptions | Trace | Architecture,
  { axis = 0 }: { axis?: 0 | 1 } = {},
): Sizes {
  if (of instanceof Architecture) return sizesOfNetwork(of, axis)
  if (of instanceof Trace) return sizesOfTrace(of, axis)
  const { input, window, stride = 1, padding = 0, dilation = 1 } = of
  const step = { name: 'window', window, stride, padding, dilation }
  check('input', input, 1)
  for (const field of ['window', 'stride', 'dilation'] as const) check(field, step[field], 1)
  check('padding', padding, 0)
  return new Sizes(input, [step], 'sizes')
}

function check(field: string, value: number, low: number): void {
  if (!Number.isInteger(value) || value < low || value > MAX_CELLS)
    throw new RangeError(
      `sizes: ${field} ${String(value)}; a whole number from ${low} to ${MAX_CELLS}`,
    )
}

function sizesOfTrace(trace: Trace, axis: 0 | 1): Sizes {
  const found = trace.ops.filter(({ op }) => ['conv2d', 'maxPool2d', 'avgPool2d'].includes(op))
  if (found.length !== 1)
    throw new TypeError(
      `sizes: this trace has ${found.length} convolutions and poolings; it shows those with one, and architecture(net, shape)`,
    )
  const [{ op, inputs, options }] = found
  // What convolution and pooling record as their options.
  const o = options as Record<'kernel' | 'stride' | 'padding' | 'dilation', [number, number] | undefined> // prettier-ignore
  const n = inputs[0].shape[2 + axis]
  const window = o.kernel?.[axis] ?? inputs[1]?.shape[2 + axis]
  const step = {
    name: op,
    window,
    stride: o.stride?.[axis] ?? 1,
    padding: o.padding?.[axis] ?? 0,
    dilation: o.dilation?.[axis] ?? 1,
  }
  check('input', n, 1)
  return new Sizes(n, [step], op)
}

function sizesOfNetwork(a: Architecture, axis: 0 | 1): Sizes {
  const steps: SizeStep[] = []
  for (const row of a.rows) {
    // A value that sees everything has no windows after it.
    if (row.global || row.receptiveField === null) break
    for (const w of row.windows)
      steps.push({
        name: row.name,
        window: w.kernel[axis],
        stride: w.stride[axis],
        padding: w.padding[axis],
        dilation: w.dilation[axis],
      })
  }
  if (a.input.length < 4 || steps.length === 0)
    throw new TypeError(`sizes: ${a.name} on ${show(a.input)} lays no windows`)
  check('input', a.input[2 + axis], 1)
  return new Sizes(a.input[2 + axis], steps, a.name)
}
