/** A character network reading a text: its state after each character, what it expects, and what it looks back to. */
import { enableGrad, grad, noGrad } from '../autograd/tape.ts'
import { backend } from '../backend/index.ts'
import type { Vocabulary } from '../data/index.ts'
import { gather, softmax } from '../ops/index.ts'
import { reshape, select } from '../ops/views.ts'
import { LSTM } from '../nn/rnn.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { gatesOf, type Gates } from './gates.ts'
import { isRecurrentNet, type RecurrentNet } from './machine.ts'
import { modulesStill } from './pass.ts'
import { report, type ProgressOptions } from './progress.ts'

/** A network that reads tokens: `charRNN(…)`, or a layer with its embedding and head. */
export type ReadingNet = RecurrentNet & { embedding: NonNullable<RecurrentNet['embedding']> }

export interface ReadOptions {
  /** Layer whose states are kept, from 0. Default the last. */
  layer?: number
}

/** Longest text. */
const LONGEST = 200_000

/** What `readText` returns: T characters, H units, K characters in the vocabulary. */
export class Reading {
  /** @internal */
  constructor(
    readonly net: ReadingNet,
    readonly vocabulary: Vocabulary,
    /** The text, character by character. */
    readonly characters: readonly string[],
    /** int32 [T] */
    readonly tokens: Tensor,
    /** Layer whose states these are. */
    readonly layer: number,
    /** States, cells and gates of that layer after each character, [T, H] each. */
    readonly states: Gates,
    /** Logits of the next character, [T, K]. */
    readonly logits: Tensor,
  ) {}
  get length(): number {
    return this.characters.length
  }
  get kind(): Gates['kind'] {
    return this.states.kind
  }
  /** h, or of an LSTM the memory tanh(c), [T, H]; both lie in −1…1. @throws RangeError for the cells of a network without */
  values(which: 'h' | 'c' = this.kind === 'lstm' ? 'c' : 'h'): Tensor {
    if (which === 'h') return this.states.h
    if (!this.states.c)
      throw new RangeError(`values: a ${this.kind} has no cells; its states are 'h'`)
    return noGrad(() => this.states.c!.tanh()) // checked in the line before
  }
  /** softmax of the logits, [T, K]. */
  get probabilities(): Tensor {
    return noGrad(() => softmax(this.logits, 1))
  }
  /** Probability given to the character that comes next, float64 [T − 1]. */
  get next(): Tensor {
    const p = this.probabilities.toTypedArray()
    const [T, K] = this.logits.shape
    const token = this.tokens.toTypedArray()
    const out = Float64Array.from({ length: T - 1 }, (_, t) => p[t * K + token[t + 1]])
    return fromFlat(out, [T - 1], 'float64')
  }
  /** Mean of −log p of the next character, in nats a character. NaN for a text of one. */
  get loss(): number {
    const p = Array.from(this.next.toTypedArray())
    return p.reduce((s, q) => s - Math.log(q), 0) / p.length
  }
  /** The likeliest `k` next characters after character t. */
  expects(t: number, k = 5): { character: string; probability: number }[] {
    const at = place('expects', t, this.length)
    const K = this.logits.shape[1]
    const p = Array.from(this.probabilities.toTypedArray().subarray(at * K, (at + 1) * K))
    return strongest(p, k).map(n => ({ character: this.vocabulary.characters[n], probability: p[n] })) // prettier-ignore
  }
}

/**
 * Reads a text character by character from the zero state and keeps what each layer's units held.
 * Karpathy, Johnson & Fei-Fei, Visualizing and understanding recurrent networks, arXiv 1506.02078.
 * @throws RangeError for a character that the vocabulary lacks, an empty text and one beyond 200,000 characters
 */
export function readText(
  net: ReadingNet,
  vocabulary: Vocabulary,
  text: string,
  options: ReadOptions = {},
): Reading {
  if (!isRecurrentNet(net) || !net.embedding)
    throw new TypeError('readText: it takes charRNN(…) or { embedding, rnn, head }')
  const characters = [...text]
  if (!characters.length || characters.length > LONGEST)
    throw new RangeError(`readText: ${characters.length} characters; from 1 to ${LONGEST}`)
  const tokens = vocabulary.encode(text)
  const { rnn, head, embedding } = net
  const layer = options.layer ?? rnn.numLayers - 1
  return modulesStill([rnn, head, embedding], () =>
    noGrad(() => {
      const x = embedding.forward(tokens)
      const states = gatesOf('readText', rnn, x, layer)
      const last = layer === rnn.numLayers - 1 ? states : gatesOf('readText', rnn, x)
      const logits = head.forward(last.h)
      if (logits.shape[1] !== vocabulary.size)
        throw new RangeError(
          `readText: the network gives ${logits.shape[1]} logits for ${vocabulary.size} characters`,
        )
      return new Reading(net, vocabulary, characters, tokens, layer, states, logits)
    }),
  )
}

function place(op: string, t: number, T: number): number {
  if (!Number.isInteger(t) || t < 0 || t >= T)
    throw new RangeError(`${op}: character ${t}; the text has 0 to ${T - 1}`)
  return t
}

function strongest(values: readonly number[], k: number): number[] {
  return [...values.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, k)
}

export interface SimilarState {
  /** Character after which the state stood. */
  at: number
  /** Cosine between the two states, −1…1. */
  cosine: number
}

/**
 * Where in the text the whole state was most like that after character `at`, by cosine.
 * Strobelt et al., LSTMVis, arXiv 1606.07461, section 5 (there by activations above a threshold).
 * @param states [T, H], as `reading.values('c')`
 * @param options k: how many, default 12; gap: characters around `at` that do not count, default 3
 * @returns the most similar first
 * @throws RangeError for a place outside
 */
export function similarStates(
  states: Tensor,
  at: number,
  { k = 12, gap = 3 }: { k?: number; gap?: number } = {},
): SimilarState[] {
  const [T, H] = states.shape
  place('similarStates', at, T)
  const v = states.toTypedArray()
  const norm = (t: number): number => {
    let s = 0
    for (let i = 0; i < H; i++) s += v[t * H + i] ** 2
    return Math.sqrt(s)
  }
  const mine = norm(at)
  const found: SimilarState[] = []
  for (let t = 0; t < T; t++) {
    if (Math.abs(t - at) <= gap) continue
    let s = 0
    for (let i = 0; i < H; i++) s += v[t * H + i] * v[at * H + i]
    const size = mine * norm(t)
    found.push({ at: t, cosine: size > 0 ? s / size : 0 })
  }
  return found.sort((a, b) => b.cosine - a.cosine || a.at - b.at).slice(0, k)
}

export interface ConnectivityOptions extends ProgressOptions {
  /** Characters after which the question is asked. Default: all that have a next one. */
  at?: readonly number[]
  /** How many characters back, the character itself counted. Default 48. */
  reach?: number
  /** Passages run side by side. Default 64. */
  batch?: number
}

export interface Connectivity {
  /** Characters that were asked about, [P]. */
  at: number[]
  /** ‖∂ logit(true next) / ∂xₜ₋ₙ‖ with x the embedding: [P, reach], column n is n characters back; 0 before the text. */
  influence: Tensor
  /** Average over the places that have the whole reach behind them, each divided by its sum: float64 [reach]; zeros for none. */
  mean: Tensor
  /** Characters back that hold half of the mean influence; null when there was no place with the whole reach behind it. */
  half: number | null
}

/**
 * What the logit of the true next character depends on: the gradient with respect to each earlier character's embedding.
 * Madsen, Visualizing memorization in RNNs, Distill, 2019.
 * @throws RangeError for places outside or without a next character
 */
export function connectivity(reading: Reading, options: ConnectivityOptions = {}): Connectivity {
  const { net, tokens, length: T } = reading
  const { reach = 48, batch = 64 } = options
  for (const [name, n] of Object.entries({ reach, batch }))
    if (!Number.isInteger(n) || n < 1 || n > 10_000)
      throw new RangeError(`connectivity: ${name} ${n}; a whole number from 1`)
  const at = options.at ? [...options.at] : Array.from({ length: T - 1 }, (_, t) => t)
  for (const t of at) {
    place('connectivity', t, T)
    if (t === T - 1) throw new RangeError(`connectivity: no character follows ${t}, the last`)
  }
  const { rnn, head, embedding } = net
  const influence = new Float64Array(at.length * reach)
  // Passages of the same length run side by side: the whole reach, or as much as the text has.
  const groups = new Map<number, number[]>()
  at.forEach((t, p) => {
    const n = Math.min(reach, t + 1)
    groups.set(n, [...(groups.get(n) ?? []), p])
  })
  const list = tokens.toTypedArray()
  let done = 0
  modulesStill([rnn, head, embedding], () => {
    const carried = carriedStates(reading)
    for (const [n, places] of groups)
      for (let from = 0; from < places.length; from += batch) {
        const some = places.slice(from, from + batch)
        const N = some.length
        const starts = some.map(p => at[p] - n + 1)
        const x = noGrad(() => {
          const ids = Int32Array.from({ length: n * N }, (_, i) => list[starts[i % N] + Math.floor(i / N)]) // prettier-ignore
          return embedding.forward(fromFlat(ids, [n, N], 'int32'))
        })
          .detach()
          .requiresGrad_()
        const found = enableGrad(() => {
          const state = carried(starts)
          const { hn } =
            rnn instanceof LSTM ? rnn.forward(x, state) : rnn.forward(x, { h0: state.h0 })
          const logits = head.forward(select(hn, 0, rnn.numLayers - 1))
          const asked = fromFlat(some.map(p => list[at[p] + 1]), [N, 1], 'int32') // prettier-ignore
          return grad(gather(logits, 1, asked).sum(), [x])[0]
        })
        const g = found.toTypedArray()
        const E = x.shape[2]
        for (let k = 0; k < n; k++)
          some.forEach((p, b) => {
            let s = 0
            for (let e = 0; e < E; e++) s += g[(k * N + b) * E + e] ** 2
            influence[p * reach + n - 1 - k] = Math.sqrt(s)
          })
        done += N
        backend().settle()
        report('connectivity', options, done, at.length)
      }
  })
  const mean = new Float64Array(reach)
  let whole = 0
  at.forEach((t, p) => {
    const row = influence.subarray(p * reach, (p + 1) * reach)
    const sum = row.reduce((a, b) => a + b, 0)
    if (t + 1 < reach || !(sum > 0)) return
    whole++
    row.forEach((v, n) => (mean[n] += v / sum))
  })
  mean.forEach((v, n) => (mean[n] = whole ? v / whole : 0))
  let [half, held] = [0, mean[0]]
  while (half < reach - 1 && held < 0.5) held += mean[++half]
  return {
    at,
    influence: fromFlat(influence, [at.length, reach], reading.logits.dtype),
    mean: fromFlat(mean, [reach], 'float64'),
    half: whole ? half : null,
  }
}

/** States of all layers before some characters: h0 and (LSTM) c0, [layers, N, H]. */
function carriedStates(
  reading: Reading,
): (starts: readonly number[]) => { h0: Tensor; c0: Tensor | null } {
  const { rnn, embedding } = reading.net
  const H = rnn.hiddenSize
  const layers = noGrad(() => {
    const x = embedding.forward(reading.tokens)
    return Array.from({ length: rnn.numLayers }, (_, k) =>
      k === reading.layer ? reading.states : gatesOf('connectivity', rnn, x, k),
    ).map(s => ({ h: s.h.toTypedArray(), c: s.c?.toTypedArray() ?? null }))
  })
  return starts => {
    const N = starts.length
    const pick = (which: 'h' | 'c'): Tensor => {
      const out = new Float64Array(layers.length * N * H)
      layers.forEach((l, k) =>
        starts.forEach((t, b) => {
          const from = l[which]
          if (t > 0 && from) out.set(from.subarray((t - 1) * H, t * H), (k * N + b) * H)
        }),
      )
      return reshape(fromFlat(out, [layers.length, N, H], reading.logits.dtype), [layers.length, N, H]) // prettier-ignore
    }
    return { h0: pick('h'), c0: layers[0].c ? pick('c') : null }
  }
}
