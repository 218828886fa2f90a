/** A language model of characters (Karpathy, 2015): embedding, recurrent layers, logits of the next one. */
import { restoring } from '../backend/interrupted.ts'
import { softmax } from '../ops/softmax.ts'
import { div } from '../ops/elementwise.ts'
import { select } from '../ops/views.ts'
import { noGrad } from '../autograd/tape.ts'
import { defaultGenerator, type Generator } from '../tensor/random.ts'
import { fromFlat, type Tensor } from '../tensor/tensor.ts'
import { Embedding, Linear } from './layers.ts'
import { Module } from './module.ts'
import { GRU, LSTM, RNN, type RecurrentOptions } from './rnn.ts'

export interface CharRNNOptions {
  /** Default lstm. */
  kind?: 'rnn' | 'gru' | 'lstm'
  /** Numbers for each character. Default 64. */
  embedding?: number
  /** Default 256. */
  hidden?: number
  /** Default 1. */
  layers?: number
  /** Between layers, while training. Default 0. */
  dropout?: number
  generator?: Generator
}
/** hn, and for lstm cn, [layers, N, hidden]: what the next piece of text goes on from. */
export interface CharState {
  h0: Tensor
  c0?: Tensor
}
export interface CharOutput {
  /** [T, N, vocabulary] */
  logits: Tensor
  state: CharState
}

export class CharRNN extends Module<[x: Tensor, state?: CharState | null], CharOutput> {
  embedding: Embedding
  rnn: RNN | GRU | LSTM
  head: Linear
  /** @param vocabulary number of different characters */
  constructor(
    readonly vocabulary: number,
    options: CharRNNOptions = {},
  ) {
    super()
    const { kind = 'lstm', embedding = 64, hidden = 256, layers = 1, dropout = 0 } = options
    const { generator } = options
    this.embedding = new Embedding(vocabulary, embedding, { generator })
    const o: RecurrentOptions = { numLayers: layers, dropout, generator }
    this.rnn =
      kind === 'lstm'
        ? new LSTM(embedding, hidden, o)
        : kind === 'gru'
          ? new GRU(embedding, hidden, o)
          : new RNN(embedding, hidden, o)
    this.head = new Linear(hidden, vocabulary, { generator })
  }
  /** @param x numbers of characters, int32 or uint8 [T, N] @param state from the piece before; default zeros */
  forward(x: Tensor, state?: CharState | null): CharOutput {
    const read = this.embedding.forward(x)
    const before: Partial<CharState> = state ?? {}
    if (this.rnn instanceof LSTM) {
      const { output, hn, cn } = this.rnn.forward(read, before)
      return { logits: this.head.forward(output), state: { h0: hn, c0: cn } }
    }
    const { output, hn } = this.rnn.forward(read, { h0: before.h0 })
    return { logits: this.head.forward(output), state: { h0: hn } }
  }
  /**
   * Goes on with a text: `length` characters after those of `prompt`, drawn one by one. Returns the new ones.
   * @param options temperature: above 1 wilder, towards 0 the likeliest; default 1
   * @throws RangeError for an empty prompt
   */
  sample(
    prompt: readonly number[],
    length: number,
    {
      temperature = 1,
      generator = defaultGenerator,
    }: { temperature?: number; generator?: Generator } = {},
  ): number[] {
    if (!prompt.length) throw new RangeError('sample: the prompt is empty; it needs one character')
    if (!(temperature > 0)) throw new RangeError(`sample: temperature ${temperature}; above 0`)
    const training = this.training
    this.eval()
    return restoring(
      () => {
        return noGrad(() => {
          const out: number[] = []
          let state: CharState | null = null
          let input = [...prompt]
          for (let i = 0; i < length; i++) {
            const y: CharOutput = this.forward(fromFlat(input, [input.length, 1], 'int32'), state)
            state = y.state
            const last = select(select(y.logits, 0, -1), 0, 0)
            const next = draw(softmax(div(last, temperature)).toTypedArray(), generator)
            out.push(next)
            input = [next]
          }
          return out
        })
      },
      () => {
        this.train(training)
      },
    )
  }
}

/** One index with these probabilities. */
function draw(p: ArrayLike<number>, generator: Generator): number {
  let u = generator.uniform()
  for (let i = 0; i < p.length; i++) {
    u -= p[i]
    if (u < 0) return i
  }
  return p.length - 1
}

/** A character model: tokens [T, N] → { logits [T, N, vocabulary], state }. */
export function charRNN(vocabulary: number, options: CharRNNOptions = {}): CharRNN {
  return new CharRNN(vocabulary, options)
}
