/**
 * The tape: each result remembers the operation that made it, and `backward` walks back through them. A node holds its
 * inputs and a rule `vjp` from the output's gradient to theirs; rules are made of operations, so they can be recorded too.
 */
import { backend, type Storage } from '../backend/index.ts'
import { onInterrupted } from '../backend/interrupted.ts'
import { timeOfWrites } from '../backend/storage.ts'
import { onCreate } from '../tensor/created.ts'
import { ones } from '../tensor/create.ts'
import { sameShape, show } from '../tensor/shape.ts'
import { empty, Tensor, type GradNode } from '../tensor/tensor.ts'
import { checkUnchanged } from './changed.ts'
import { recording, withRecorder } from './recorder.ts'
import { ruleFor } from './rules.ts'

let enabled = true
onInterrupted(() => (enabled = true))

/** Runs `f` without recording: results need no gradient. Returns what `f` returns. */
export function noGrad<T>(f: () => T): T {
  return withGrad(false, f)
}
/** Runs `f` with recording, also inside `noGrad`. */
export function enableGrad<T>(f: () => T): T {
  return withGrad(true, f)
}
function withGrad<T>(on: boolean, f: () => T): T {
  const before = enabled
  enabled = on
  try {
    return f()
  } finally {
    enabled = before
  }
}
export const isGradEnabled = (): boolean => enabled

/** Whether an operation on these inputs will be recorded. */
export function tracks(inputs: readonly Tensor[]): boolean {
  if (!enabled) return false
  for (const t of inputs) if (t.requiresGrad) return true
  return false
}

/**
 * Ends every operation: tells the recorder, and puts `y` on the tape when a gradient may be asked for.
 * @param vjp gradients of `inputs` from that of `y`; called under `noGrad` unless a graph of it is wanted
 * @param internals storages that only `vjp` reaches
 */
export function record(
  op: string,
  inputs: readonly Tensor[],
  options: object | null,
  y: Tensor,
  vjp: (gy: Tensor) => readonly (Tensor | null)[],
  internals: readonly Storage[] = [],
): Tensor {
  if (recording.current)
    recording.current.record({
      op,
      inputs,
      options: options ?? {},
      output: y,
      path: recording.path(),
    })
  if (tracks(inputs)) {
    y.requiresGrad = true
    y.node = { op, inputs, vjp, internals, time: timeOfWrites() }
  }
  return y
}

export interface BackwardOptions {
  /** Keep the tape for another backward pass. Default: as `createGraph`. */
  retainGraph?: boolean
  /** Record the backward pass itself, for second derivatives. Default false. */
  createGraph?: boolean
}

/** Tensors reachable from the roots through the tape, each after everything that uses it. */
function order(roots: readonly Tensor[]): Tensor[] {
  const out: Tensor[] = []
  const state = new Set<Tensor>()
  const stack: [Tensor, number][] = []
  for (const root of roots) {
    if (state.has(root)) continue
    state.add(root)
    stack.push([root, 0])
    while (stack.length) {
      const top = stack[stack.length - 1]
      const inputs = top[0].node?.inputs ?? []
      let next: Tensor | undefined
      while (top[1] < inputs.length && !next) {
        const t = inputs[top[1]++]
        if (t.requiresGrad && !state.has(t)) next = t
      }
      if (next) {
        state.add(next)
        stack.push([next, 0])
      } else {
        out.push(top[0])
        stack.pop()
      }
    }
  }
  return out.reverse()
}

/** Gradients on their way; counts who still needs each storage, and gives it back with the last. */
class Flow {
  readonly grads = new Map<Tensor, Tensor>()
  /** Storages this pass made, with the number of gradients waiting in them; others are not ours to release. */
  readonly #waiting = new Map<Storage, number>()
  #escaped = new Set<Storage>()
  readonly keep: boolean

  constructor(createGraph: boolean) {
    this.keep = createGraph
  }
  own(storages: readonly Storage[]): void {
    for (const s of storages) if (!this.#waiting.has(s)) this.#waiting.set(s, 0)
  }
  /** Somebody outside may hold it from now on. */
  escape(t: Tensor): void {
    this.#escaped.add(t.storage)
  }
  hold(t: Tensor): void {
    const n = this.#waiting.get(t.storage)
    if (n !== undefined) this.#waiting.set(t.storage, n + 1)
  }
  drop(t: Tensor): void {
    const n = this.#waiting.get(t.storage)
    if (n === undefined) return
    this.#waiting.set(t.storage, n - 1)
    if (n <= 1) this.#free(t.storage)
  }
  /** Frees what a rule made on the side. */
  sweep(storages: readonly Storage[]): void {
    for (const s of storages) if (this.#waiting.get(s) === 0) this.#free(s)
  }
  #free(s: Storage): void {
    this.#waiting.delete(s)
    if (!this.keep && !this.#escaped.has(s)) backend(s.dtype).release(s)
  }
  /** Whether nobody else reads or holds t's storage. */
  exclusive(t: Tensor): boolean {
    return !this.keep && this.#waiting.get(t.storage) === 1 && !this.#escaped.has(t.storage)
  }
  /** The storage leaves the pass with its tensor. */
  give(t: Tensor): void {
    this.#waiting.delete(t.storage)
  }

  /** Adds `g` to what waits for `t`. */
  add(t: Tensor, g: Tensor): void {
    const old = this.grads.get(t)
    if (!old) {
      this.grads.set(t, g)
      this.hold(g)
      return
    }
    if (this.exclusive(old) && old.isContiguous) {
      backend(old.dtype).accumulate(g, old)
      this.hold(g)
      this.drop(g)
      return
    }
    const made: Storage[] = []
    const sum = onCreate(made, () => plus(old, g, this.keep))
    this.own(made)
    this.grads.set(t, sum)
    this.hold(sum)
    this.hold(g)
    this.drop(g)
    this.drop(old)
  }
}

/** a + b; recorded when the backward pass is. */
function plus(a: Tensor, b: Tensor, recorded: boolean): Tensor {
  const out = empty(a.shape, a.dtype)
  backend(a.dtype).binary('add', a, b, out)
  return recorded ? record('add', [a, b], null, out, gy => [gy, gy]) : out
}

function sweepBack(
  roots: readonly Tensor[],
  seeds: readonly Tensor[],
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  leaf: (t: Tensor, g: Tensor, flow: Flow) => void,
): void {
  const flow = new Flow(createGraph)
  const tensors = order(roots)
  roots.forEach((r, i) => {
    flow.escape(seeds[i])
    flow.add(r, seeds[i])
  })
  const run = createGraph ? enableGrad : noGrad
  withRecorder(null, () =>
    run(() => {
      for (const t of tensors) {
        let g = flow.grads.get(t)
        if (!g) continue
        flow.grads.delete(t)
        for (const hook of t.hooks ?? []) {
          flow.escape(g)
          const replaced: Tensor | void = hook(g)
          if (replaced) {
            flow.drop(g)
            g = replaced
            flow.escape(g)
          }
        }
        leaf(t, g, flow)
        const node = t.node
        if (node) {
          if (!node.vjp)
            throw new Error(
              `backward: the tape of ${node.op} is gone after an earlier backward(); call that one with { retainGraph: true }`,
            )
          checkUnchanged(node, t)
          const made: Storage[] = []
          const rule = ruleFor(node.op)
          if (rule) flow.escape(g)
          const gs = onCreate(made, () => (rule ? rule(g, node.inputs, t) : node.vjp!(g)))
          if (!rule && !node.foreign) flow.own(made)
          for (let i = 0; i < node.inputs.length; i++) {
            const x = node.inputs[i]
            const gx = gs[i]
            if (!gx || !x.requiresGrad) continue
            if (!sameShape(gx.shape, x.shape))
              throw new RangeError(
                `backward of ${node.op}: the gradient of input ${i} is ${show(gx.shape)}, the input ${show(x.shape)}`,
              )
            flow.add(x, gx)
          }
          flow.sweep(made)
        }
        flow.drop(g)
      }
    }),
  )
  if (!retainGraph) forget(tensors)
  backend().settle()
}

/** Takes the tape apart: what only it could reach goes back to the heap. */
function forget(tensors: readonly Tensor[]): void {
  const gone = new Set<Storage>()
  for (const t of tensors) {
    if (!t.node) continue
    for (const s of t.node.internals) gone.add(s)
    if (t.inner) gone.add(t.storage)
    const node: GradNode = t.node
    node.vjp = null
    node.internals = []
  }
  for (const s of gone) backend(s.dtype).release(s)
}

/** The gradient to start with: given, or 1 for a single number. */
function seed(op: string, y: Tensor, gy: Tensor | null | undefined): Tensor {
  if (gy) {
    if (!sameShape(gy.shape, y.shape))
      throw new RangeError(`${op}: gradient ${show(gy.shape)} for a result ${show(y.shape)}`)
    return gy
  }
  if (y.size !== 1)
    throw new RangeError(
      `${op}: the result is ${show(y.shape)}; a gradient starts from one number (sum() or mean() it) or from a gradient you give`,
    )
  return ones(y.shape, { dtype: y.dtype })
}

/**
 * Adds the gradient of `y` with respect to every leaf that requires one to its `grad`.
 * @throws RangeError when y has several elements and no gradient is given; Error when nothing requires a gradient
 */
export function backward(y: Tensor, gy?: Tensor | null, options: BackwardOptions = {}): void {
  if (!y.requiresGrad)
    throw new Error(
      'backward: nothing it was computed from requires a gradient ({ requiresGrad: true }), or it was computed under noGrad',
    )
  sweepBack([y], [seed('backward', y, gy)], options, (t, g, flow) => {
    if (t.node && !t.keepsGrad) return
    if (t.grad === null) {
      if (flow.exclusive(g) && g.isContiguous) {
        flow.give(g)
        t.grad = g.detach()
      } else if (flow.keep) {
        flow.escape(g)
        t.grad = g
      } else {
        t.grad = empty(t.shape, t.dtype)
        backend(t.dtype).copy(g, t.grad)
      }
    } else if (flow.keep) t.grad = plus(t.grad, g, true)
    else backend(t.dtype).accumulate(g, t.grad)
  })
}

/**
 * Gradients of `outputs` with respect to `inputs`, in the inputs' order; nothing is added to any `grad`.
 * @param gradOutputs gradients to start from; default 1 for outputs of one element
 * @throws Error when an input was not used, unless `allowUnused` (then null)
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  gradOutputs?: readonly (Tensor | null)[] | Tensor | null,
  options: BackwardOptions & { allowUnused?: boolean } = {},
): Tensor[] {
  const ys = outputs instanceof Tensor ? [outputs] : outputs
  const given = gradOutputs instanceof Tensor ? [gradOutputs] : gradOutputs
  const found = new Map<Tensor, Tensor>()
  const wanted = new Set(inputs)
  for (const y of ys)
    if (!y.requiresGrad)
      throw new Error('grad: an output does not depend on anything that requires a gradient')
  sweepBack(
    ys,
    ys.map((y, i) => seed('grad', y, given?.[i])),
    options,
    (t, g, flow) => {
      if (!wanted.has(t)) return
      flow.escape(g)
      found.set(t, g)
    },
  )
  return inputs.map((x, i) => {
    const g = found.get(x)
    if (!g && !options.allowUnused)
      throw new Error(
        `grad: input ${i} ${show(x.shape)} was not used for the outputs (or does not require a gradient); { allowUnused: true } gives zeros`,
      )
    return g ?? zerosOf(x)
  })
}

function zerosOf(x: Tensor): Tensor {
  const z = empty(x.shape, x.dtype, true)
  backend(x.dtype).fill(z, 0)
  return z
}
