/** A recurrent network unrolled in time: every state, every prediction, every loss; and how far each loss reaches back. */
import { enableGrad, grad, noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import type { Vocabulary } from '../data/index.ts'
import { crossEntropy, softmax } from '../ops/index.ts'
import { cat, reshape, stack } from '../ops/views.ts'
import { fromFlat, Tensor } from '../tensor/tensor.ts'
import { eigenvalues, largestStretch } from './eigen.ts'
import {
  machine,
  type Carried,
  type Machine,
  type MachineKind,
  type Unrollable,
  type Vector,
  type Weights,
} from './machine.ts'
import { modulesStill } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'
import { gatesOf, type Gates } from './gates.ts'

/** A textbook step in plain lists: x [I], h [H] → the state after, h [H], and probabilities o [K]. */
export type TextbookStep = (
  x: number[],
  h: number[],
  weights: { U: number[][]; W: number[][]; V: number[][] },
) => { h: readonly number[]; o: readonly number[] }

export interface UnrollOptions {
  /** What each step should say: class numbers [T]; null or a negative number where nothing is asked. Of a text: the next character. */
  targets?: Tensor | readonly (number | null)[]
  /** Turns a text into tokens, and names them. */
  vocabulary?: Vocabulary
  /** Names of the K classes, when there is no vocabulary. */
  classes?: readonly string[]
  /** State before the first step, [H]. Default zeros. */
  h0?: Vector | null
  /** A step of the student's own, run on the same weights { U, W, V } and compared with the formula. */
  step?: TextbookStep
  /** What tells this network from others beside it, e.g. `160` of training steps. */
  label?: string
}

/** Longest sequence: a gradient for each pair of steps. */
const LONGEST = 512

/** What `unroll` returns. T steps, H units, I inputs, K classes; float32 or float64 as the weights. */
export class Unrolled {
  /** @internal */
  constructor(
    readonly kind: MachineKind,
    /** [T, I] */
    readonly x: Tensor,
    /** [T, H], after each step; of several layers the last. */
    readonly h: Tensor,
    /** [T, H], the cells of an LSTM; else null. */
    readonly c: Tensor | null,
    /** [T, K] */
    readonly logits: Tensor,
    /** softmax of the logits, [T, K] */
    readonly probabilities: Tensor,
    /** Class asked at each step; null where none is. */
    readonly targets: readonly (number | null)[],
    /** Cross-entropy of each step in nats, [T]; 0 where nothing is asked. */
    readonly losses: Tensor,
    /** Gates of an LSTM or GRU, each [T, H]; else null. */
    readonly gates: Gates | null,
    /** What the student's own step made of the same inputs: h [T, H] and o [T, K] as lists, rows after an error missing. */
    readonly yours: { h: number[][]; o: number[][]; error: string | null } | null,
    readonly options: UnrollOptions,
    /** Numbers of the inputs when they were tokens, [T]; else null. */
    readonly tokens: readonly number[] | null,
    /** @internal */
    readonly machine: Machine,
  ) {}

  /** Number of steps, T. */
  get length(): number {
    return this.x.shape[0]
  }
  /** Σ of the losses. */
  get loss(): number {
    return Array.from(this.losses.toTypedArray()).reduce((a, b) => a + b, 0)
  }
  /** U, W, V of a plain network with one layer; null for others. @internal */
  get weights(): Weights | null {
    return this.machine.weights
  }
}

/**
 * Runs a recurrent network step by step and keeps everything: hₜ = f(U xₜ + W hₜ₋₁), ôₜ = softmax(V hₜ), Eₜ = −log ôₜ[target].
 * Elman, Finding structure in time, 1990; Werbos, Backpropagation through time, 1990.
 *
 * @param model `{ U, W, V, b?, c? }` as in the textbook (lists give float64), `charRNN(…)`, `{ rnn, head, embedding? }` with an
 * nn.RNN, LSTM or GRU, or `{ step, h0 }` with a function of tensors (x [I], h [H]) → { h [H], logits [K] }
 * @param inputs vectors [T, I]; tokens [T] (one-hot, or through the embedding); or a text with `vocabulary`
 * @throws RangeError for shapes that do not fit, more than 512 steps, and targets outside the classes
 */
export function unroll(
  model: Unrollable,
  inputs: string | Tensor | readonly number[] | readonly (readonly number[])[],
  options: UnrollOptions = {},
): Unrolled {
  let given = inputs
  let wanted = options.targets
  if (typeof given === 'string') {
    if (!options.vocabulary)
      throw new TypeError('unroll: a text needs { vocabulary }, which numbers its characters')
    const tokens = Array.from(options.vocabulary.encode(given).toTypedArray())
    if (!wanted && tokens.length < 2)
      throw new RangeError('unroll: the text has less than two characters: nothing comes next')
    wanted ??= tokens.slice(1)
    given = tokens.slice(0, wanted instanceof Tensor ? wanted.shape[0] : wanted.length)
  }
  const m = machine('unroll', model, options.h0)
  return modulesStill(m.modules, () =>
    noGrad(() => {
      const x = m.inputs(given)
      const T = x.shape[0]
      if (T < 1 || T > LONGEST) throw new RangeError(`unroll: ${T} steps; from 1 to ${LONGEST}`)
      const run = walk(m, x)
      const logits = stack(run.map(r => r.logits))
      const K = logits.shape[1]
      const targets = readTargets(wanted, T, K)
      const names = options.vocabulary?.size ?? options.classes?.length
      if (names !== undefined && names !== K)
        throw new RangeError(`unroll: ${names} names for ${K} classes`)
      const h = stack(run.map(r => m.top(r.after.h)))
      const first = run[0].after.c
      const c = first ? stack(run.map(r => m.top(r.after.c ?? first))) : null
      const losses = fromFlat(
        run.map((r, t) => lossOf(r.logits, targets[t])?.item() ?? 0),
        [T],
        logits.dtype,
      )
      return new Unrolled(
        m.kind,
        x,
        h,
        c,
        logits,
        softmax(logits, 1),
        targets,
        losses,
        'rnn' in model
          ? gatesOf('unroll', model.rnn, x, undefined, options.h0 ? m.start().h : null)
          : null,
        options.step ? own(m, x, options.step) : null,
        options,
        tokensOf(given),
        m,
      )
    }),
  )
}

function tokensOf(
  given: Tensor | readonly number[] | readonly (readonly number[])[],
): number[] | null {
  if (given instanceof Tensor) return given.ndim === 1 ? Array.from(given.toTypedArray()) : null
  return typeof given[0] === 'number' ? [...(given as readonly number[])] : null // the first is one
}

function readTargets(given: UnrollOptions['targets'], T: number, K: number): (number | null)[] {
  const list: readonly (number | null)[] =
    given === undefined
      ? new Array<null>(T).fill(null)
      : given instanceof Tensor
        ? Array.from(given.toTypedArray())
        : given
  if (list.length !== T) throw new RangeError(`unroll: ${list.length} targets for ${T} steps`)
  return list.map((k, t) => {
    if (k === null || k < 0) return null
    if (!Number.isInteger(k) || k >= K)
      throw new RangeError(`unroll: target ${k} at step ${t}; classes have 0 to ${K - 1}`)
    return k
  })
}

interface Step {
  after: Carried
  logits: Tensor
}

function walk(m: Machine, x: Tensor): Step[] {
  const steps: Step[] = []
  let before = m.start()
  for (let t = 0; t < x.shape[0]; t++) {
    const made = m.step(x.select(0, t), before)
    steps.push(made)
    before = made.after
  }
  return steps
}

function lossOf(logits: Tensor, target: number | null): Tensor | null {
  if (target === null) return null
  return crossEntropy(reshape(logits, [1, logits.size]), fromFlat([target], [1], 'int32'))
}

/** The student's function over the same inputs. */
function own(m: Machine, x: Tensor, step: TextbookStep): Unrolled['yours'] {
  if (!m.weights) throw new TypeError('unroll: { step } is compared with a network { U, W, V }')
  const { U, W, V } = m.weights
  const weights = { U: U.toArray<number[][]>(), W: W.toArray<number[][]>(), V: V.toArray<number[][]>() } // prettier-ignore
  const rows = x.toArray<number[][]>()
  const out: { h: number[][]; o: number[][]; error: string | null } = { h: [], o: [], error: null }
  let h = m.start().h.toArray<number[]>()
  for (const [t, row] of rows.entries()) {
    try {
      const made = step([...row], [...h], weights)
      const list = (name: string, v: unknown, n: number): number[] => {
        if (!Array.isArray(v) || v.length !== n || !v.every(q => typeof q === 'number'))
          throw new TypeError(`${name} is no list of ${n} numbers`)
        return [...v] as number[] // checked in the line before
      }
      h = list('h', made?.h, m.hidden)
      out.h.push(h)
      out.o.push(list('o', made.o, V.shape[0]))
    } catch (e) {
      out.h.length = t
      out.error = `step ${t}: ${e instanceof Error ? `${e.name}: ${e.message}` : String(e)}`
      break
    }
  }
  return out
}

export interface GradientFlow {
  /** ∂Eₜ/∂hₖ: [T, T, H], row t, column k; 0 for k > t and where step t asks nothing. */
  vectors: Tensor
  /** ‖∂Eₜ/∂hₖ‖, [T, T]. */
  norms: Tensor
  /** Σₜ ∂Eₜ/∂hₖ: what arrives at hₖ from all losses, [T, H]. */
  arriving: Tensor
  /** ‖∂Eₜ/∂cₖ‖ of an LSTM, with what goes through hₖ, [T, T]; else null. */
  cells: Tensor | null
}

/**
 * The gradient of each loss with respect to each state before it, ∂Eₜ/∂hₖ = ∂Eₜ/∂hₜ · Πⱼ ∂hⱼ/∂hⱼ₋₁: where it vanishes, hₖ cannot
 * learn from Eₜ. T backward passes. Of an LSTM hₖ is varied with cₖ held, and cₖ together with the hₖ made from it.
 * Bengio, Simard & Frasconi, Learning long-term dependencies with gradient descent is difficult, 1994; Pascanu, Mikolov &
 * Bengio, On the difficulty of training recurrent neural networks, 2013, equation 5.
 * @throws RangeError when no step asks for anything
 */
export function gradientFlow(unrolled: Unrolled, options: ProgressOptions = {}): GradientFlow {
  const { machine: m, x, targets } = unrolled
  const [T, H] = unrolled.h.shape
  if (targets.every(k => k === null))
    throw new RangeError('gradientFlow: no step has a target, so there is no loss; unroll(…, { targets })') // prettier-ignore
  const vectors = new Float64Array(T * T * H)
  const cells = unrolled.c ? new Float64Array(T * T * H) : null
  modulesStill(m.modules, () =>
    enableGrad(() => {
      // The first state requires a gradient, so all later ones are on the tape.
      const start = m.start()
      const before: Carried = {
        h: start.h.detach().requiresGrad_(),
        c: start.c?.detach().requiresGrad_() ?? null,
      }
      const steps: Step[] = []
      for (let t = 0; t < T; t++) steps.push(m.step(x.select(0, t), steps[t - 1]?.after ?? before))
      for (let t = 0; t < T; t++) {
        const loss = lossOf(steps[t].logits, targets[t])
        if (loss) {
          const states = steps.slice(0, t + 1).map(s => s.after.h)
          const memory = steps.slice(0, t + 1).flatMap(s => (s.after.c ? [s.after.c] : []))
          const found = grad(loss, [...states, ...memory], null, {
            retainGraph: true,
            allowUnused: true,
          })
          const put = (into: Float64Array, list: Tensor[]): void =>
            list.forEach((g, k) => into.set(m.top(g).toTypedArray(), (t * T + k) * H))
          put(vectors, found.slice(0, t + 1))
          if (cells) put(cells, found.slice(t + 1))
        }
        report('gradientFlow', options, t + 1, T)
      }
    }),
  )
  if (cells) throughOutput(unrolled, vectors, cells)
  const { dtype } = unrolled.h
  const arriving = new Float64Array(T * H)
  for (let t = 0; t < T; t++) for (let i = 0; i < T * H; i++) arriving[i] += vectors[t * T * H + i]
  backend().settle()
  return {
    vectors: fromFlat(vectors, [T, T, H], dtype),
    norms: norms(vectors, T, H, dtype),
    arriving: fromFlat(arriving, [T, H], dtype),
    cells: cells ? norms(cells, T, H, dtype) : null,
  }
}

/** cₖ also makes hₖ = o·tanh(cₖ): that way is added to what is carried on. */
function throughOutput(u: Unrolled, vectors: Float64Array, cells: Float64Array): void {
  const c = u.c?.toTypedArray()
  const o = u.gates?.gates.output?.toTypedArray()
  if (!c || !o) return
  const n = c.length
  for (let i = 0; i < cells.length; i++)
    cells[i] += vectors[i] * o[i % n] * (1 - Math.tanh(c[i % n]) ** 2)
}

function norms(v: Float64Array, T: number, H: number, dtype: Tensor['dtype']): Tensor {
  const out = new Float64Array(T * T)
  for (let i = 0; i < out.length; i++) {
    let s = 0
    for (let j = 0; j < H; j++) s += v[i * H + j] ** 2
    out[i] = Math.sqrt(s)
  }
  return fromFlat(out, [T, T], dtype)
}

export interface JacobianProducts {
  /** ‖∂hₜ/∂hₜ₋ₙ‖, the largest stretch, for n = 0 … `at`; [at + 1]. Of an LSTM the state is h and c together. */
  norms: Tensor
  /** |λ|ⁿ with the largest |eigenvalue| of W: what a linear network would do; null for networks with gates. */
  powers: Tensor | null
  /** Largest |eigenvalue| of W; null for networks with gates. */
  radius: number | null
  /** The product itself, ∂hₜ/∂h₀, [S, S] with S = H (LSTM 2H, of several layers all of them). */
  product: Tensor
}

/**
 * How the products of Jacobians ∂hₜ/∂hₜ₋ₙ grow or fall with n, beside |λ|ⁿ. With tanh each factor is diag(1 − h²)·W, so the
 * norm may fall although |λ| is above 1, and for a W that is not normal it may rise at first although |λ| is below 1.
 * Pascanu, Mikolov & Bengio, 2013, section 2.
 * @param options at: the step t the products end at, default the last
 * @throws RangeError for a step outside
 */
export function jacobianProducts(
  unrolled: Unrolled,
  options: ProgressOptions & { at?: number } = {},
): JacobianProducts {
  const { machine: m, x, length: T } = unrolled
  const { at = T - 1 } = options
  if (!Number.isInteger(at) || at < 0 || at >= T)
    throw new RangeError(`jacobianProducts: at ${at}; a step from 0 to ${T - 1}`)
  const factors = modulesStill(m.modules, () =>
    enableGrad(() => {
      let carried = m.start()
      return Array.from({ length: at + 1 }, (_, t) => {
        const leaf = (s: Tensor | null): Tensor | null => s?.detach().requiresGrad_() ?? null
        const before: Carried = { h: leaf(carried.h)!, c: leaf(carried.c) } // h is never null
        const { after } = m.step(x.select(0, t), before)
        carried = after
        report('jacobianProducts', options, t + 1, at + 1)
        return t === 0 ? null : rows(before, after)
      })
    }),
  )
  const S = m.start().h.size * (unrolled.c ? 2 : 1)
  let product = Float64Array.from({ length: S * S }, (_, i) => (i % (S + 1) === 0 ? 1 : 0))
  const found = [1]
  for (let t = at; t >= 1; t--) {
    product = times(product, factors[t]!, S) // all but the first are there
    found.push(largestStretch(product, S, S))
  }
  const { dtype } = unrolled.h
  const radius = m.recurrent ? eigenvalues(m.recurrent).radius : null
  return {
    norms: fromFlat(found, [at + 1], dtype),
    powers: radius === null ? null : fromFlat(found.map((_, n) => radius ** n), [at + 1], dtype), // prettier-ignore
    radius,
    product: fromFlat(product, [S, S], dtype),
  }
}

/** ∂after/∂before, row-major [S, S]. */
function rows(before: Carried, after: Carried): Float64Array {
  const flat = ({ h, c }: Carried): Tensor[] => [h, ...(c ? [c] : [])].map(s => reshape(s, [s.size])) // prettier-ignore
  const y = cat(flat(after))
  const leaves = [before.h, ...(before.c ? [before.c] : [])]
  const S = y.size
  const out = new Float64Array(S * S)
  const one = new Float64Array(S)
  for (let i = 0; i < S; i++) {
    one.fill(0)[i] = 1
    const found = grad(y, leaves, fromFlat(one, [S], y.dtype), {
      retainGraph: true,
      allowUnused: true,
    })
    let at = i * S
    for (const g of found) {
      out.set(g.toTypedArray(), at)
      at += g.size
    }
  }
  return out
}

function times(a: Float64Array, b: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const v = a[i * n + k]
      if (v !== 0) for (let j = 0; j < n; j++) out[i * n + j] += v * b[k * n + j]
    }
  return out
}

/** Short words for a class: its character or its number. @internal */
export function className(options: UnrollOptions, k: number): string {
  return options.vocabulary?.characters[k] ?? options.classes?.[k] ?? String(k)
}
