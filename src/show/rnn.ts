/** A recurrent network unrolled: states, predictions and losses over time, and the heat map of ∂Eₜ/∂hₖ. */
import { eigenvalues, gradientFlow, type GradientFlow, type Unrolled } from '../explain/index.ts'
import { className } from '../explain/unroll.ts'
import { formatNumber, formatShape } from '../spec/text.ts'
import { SPEC_VERSION, type ViewSpec } from '../spec/view.ts'
import { RNN_LIMITS, type RnnView } from '../spec/view-recurrent.ts'
import type { Canvas } from './canvas.ts'
import type { ShowOptions } from './options.ts'
import type { Packer } from './pack.ts'
import { drawUnrolled } from './rnn-picture.ts'
import type { Subject } from './subject.ts'
import type { Numbers } from './values.ts'
import { VERSION } from './version.ts'

/** Steps over which the text says how far the gradient falls. */
const OVER = 8

export class RnnSubject implements Subject {
  private readonly first: Unrolled
  private flows = new Map<Unrolled, GradientFlow | null>()
  private readonly at: number

  constructor(
    private readonly all: readonly Unrolled[],
    private readonly options: ShowOptions,
  ) {
    this.first = all[0]
    this.at = all.length - 1
    const { x, h, logits, weights } = this.first
    const [T, H, K] = [x.shape[0], h.shape[1], logits.shape[1]]
    const sizes = { steps: T, units: H, classes: K, inputs: x.shape[1], snapshots: all.length }
    for (const [name, n] of Object.entries(sizes)) {
      const most = RNN_LIMITS[name as keyof typeof RNN_LIMITS] // names of the same table
      if (n > most)
        throw new RangeError(
          `show: ${n} ${name} of an unrolled network; a view draws at most ${most}${name === 'steps' ? ', so unroll a part of the sequence' : ''}`,
        )
    }
    for (const u of all.slice(1)) {
      if (!weights || !u.weights)
        throw new RangeError('show: several unrolled networks must be plain ones, { U, W, V }, of one training run') // prettier-ignore
      const same = [u.x, u.h, u.logits].every((t, n) => formatShape(t.shape) === formatShape([x, h, logits][n].shape)) // prettier-ignore
      if (!same || !equal(u.x.toTypedArray(), x.toTypedArray()))
        throw new RangeError('show: these networks were unrolled over different inputs')
    }
  }

  private flow(u: Unrolled): GradientFlow | null {
    let found = this.flows.get(u)
    if (found === undefined) {
      found = u.targets.some(k => k !== null) ? gradientFlow(u) : null
      this.flows.set(u, found)
    }
    return found
  }
  private get title(): string {
    const name = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU', step: 'Your step' }[this.first.kind]
    return this.options.title ?? `${name} unrolled`
  }
  private get from(): string {
    const text = this.inputs().join('')
    const read = this.first.options.vocabulary ? `‘${text.replaceAll('\n', '↵')}’, one character at a time` : '' // prettier-ignore
    return [this.options.from, read.length <= 200 ? read : ''].filter(Boolean).join(' · ')
  }
  /** What stands in the box of each step: its character, or which input is the largest. */
  private inputs(): string[] {
    const { x, options } = this.first
    const [T, I] = x.shape
    const v = x.toTypedArray()
    const tokens = this.first.tokens
    return Array.from({ length: T }, (_, t) => {
      if (tokens) return options.vocabulary?.characters[tokens[t]] ?? options.classes?.[tokens[t]] ?? String(tokens[t]) // prettier-ignore
      return I === 1 ? formatNumber(v[t]) : `x${t + 1}`
    })
  }

  spec(id: string, pack: Packer): ViewSpec {
    const u = this.first
    const [T, H] = u.h.shape
    const K = u.logits.shape[1]
    const exact = (t: { toTypedArray(): Numbers; shape: readonly number[] }) => pack(t.toTypedArray(), t.shape, 'f32') // prettier-ignore
    const flow = u.weights ? null : this.flow(u)
    const rows = (list: number[][], width: number) => pack(Array.from({ length: T * width }, (_, i) => list[Math.floor(i / width)]?.[i % width] ?? NaN), [T, width], 'f32') // prettier-ignore
    const start = u.machine.start().h
    const h0 = u.machine.top(start).toTypedArray()
    const view: RnnView = {
      spec: SPEC_VERSION,
      kind: 'rnn',
      id,
      title: this.title,
      shape: `h ${formatShape([T, H])}`,
      from: this.from,
      text: this.text(),
      producer: VERSION,
      data: {
        network: u.kind,
        relu: u.weights?.relu ?? false,
        x: exact(u.x),
        h0: Array.from(h0).some(v => v !== 0) ? pack(h0, [H], 'f32') : null,
        inputs: this.inputs(),
        classes: Array.from({ length: K }, (_, k) => className(u.options, k)),
        targets: [...u.targets],
        weights: this.all.flatMap(({ weights: w, options }, n) =>
          w
            ? [
                {
                  label: options.label ?? String(n),
                  U: exact(w.U),
                  W: exact(w.W),
                  V: exact(w.V),
                  b: w.b ? exact(w.b) : null,
                  c: w.c ? exact(w.c) : null,
                  radius: eigenvalues(w.W).radius,
                },
              ]
            : [],
        ),
        values: u.weights
          ? null
          : {
              h: exact(u.h),
              probabilities: exact(u.probabilities),
              norms: flow ? exact(flow.norms) : pack(new Float32Array(T * T), [T, T], 'f32'),
              arriving: flow ? exact(flow.arriving) : pack(new Float32Array(T * H), [T, H], 'f32'),
            },
        at: u.weights ? this.at : 0,
        yours: u.yours
          ? { h: rows(u.yours.h, H), o: rows(u.yours.o, K), error: u.yours.error }
          : null,
        pin: this.pin(),
      },
    }
    return view
  }

  private pin(): [number, number] | null {
    const { pin } = this.options
    if (pin === undefined || pin === null) return null
    const T = this.first.length
    const [t, k] = Array.isArray(pin) ? (pin as readonly number[]) : []
    if (!(Number.isInteger(t) && Number.isInteger(k) && k >= 0 && k <= t && t < T))
      throw new RangeError(`show: pin ${JSON.stringify(pin)}; [t, k] of a loss and a state before it, from 0, below ${T}`) // prettier-ignore
    return [t, k]
  }

  text(): string {
    const u = this.all[this.at]
    const T = u.length
    const lines = [`${this.title}  h ${formatShape(u.h.shape)}  ${this.from}`.trimEnd()]
    const losses = Array.from(u.losses.toTypedArray())
    const flow = this.flow(u)
    if (!flow) return [...lines, 'No step asks for anything.'].join('\n')
    const worst = losses.indexOf(Math.max(...losses))
    lines.push(
      `Total loss ${formatNumber(u.loss, 2)} over ${T} steps; the largest, ${formatNumber(losses[worst], 2)}, at step ${worst + 1}.`,
    )
    const fall = fallOver(flow.norms.toTypedArray(), T, OVER)
    const verdict =
      fall === null ? '' : fall < 0.01 ? ': it vanishes' : fall > 3 ? ': it explodes' : ''
    const factor =
      fall === null
        ? ''
        : `Over ${OVER} steps at most ${formatNumber(fall)} of the gradient is left${verdict}.`
    const radius = u.weights ? eigenvalues(u.weights.W).radius : null
    const lambda = radius === null ? '' : `Largest |eigenvalue| of W: ${formatNumber(radius, 2)}.`
    const facts = [lambda, factor].filter(Boolean).join(' ')
    return facts ? [...lines, facts].join('\n') : lines.join('\n')
  }

  picture(): Canvas {
    const u = this.all[this.at]
    const T = u.length
    const flow = this.flow(u)
    return drawUnrolled({
      title: this.title,
      shape: `h ${formatShape(u.h.shape)}`,
      from: this.from,
      foot: this.text().split('\n').slice(1).join(' '),
      inputs: this.inputs(),
      T,
      H: u.h.shape[1],
      h: u.h.toTypedArray(),
      losses: u.losses.toTypedArray(),
      given: u.targets.map((k, t) =>
        k === null ? null : u.probabilities.toTypedArray()[t * u.logits.shape[1] + k],
      ),
      asked: u.targets.map(k => (k === null ? '' : className(u.options, k))),
      norms: flow?.norms.toTypedArray() ?? null,
      pin: this.pin(),
    })
  }
}

const equal = (a: Numbers, b: Numbers): boolean => Array.from(a).every((v, i) => v === b[i])

/** Largest ‖∂Eₜ/∂hₜ₋ₙ‖ / ‖∂Eₜ/∂hₜ‖; null when no loss has n steps before it. */
function fallOver(norms: Numbers, T: number, n: number): number | null {
  let most: number | null = null
  for (let t = n; t < T; t++)
    if (norms[t * T + t] > 0) most = Math.max(most ?? 0, norms[t * T + t - n] / norms[t * T + t])
  return most
}
