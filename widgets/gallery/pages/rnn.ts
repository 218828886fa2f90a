import {
  crossEntropy,
  data,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  randn,
  show,
  zeros,
  type Tensor,
} from 'layerscope'
import { unroll, type Unrolled } from 'layerscope/explain'
import { percent } from '../../parts/index.ts'
import type { Page } from '../page.ts'

const TEXT = 'hello hello hello '
const vocabulary = new data.Vocabulary([...'helo '])

/** The textbook's network, spelling a word: unrolled before training and after some steps of it. */
function spelling(snapshots: readonly number[]): Unrolled[] {
  const generator = new Generator(11)
  const weights = (...shape: number[]) =>
    noGrad(() => randn(shape, { generator }).mul(0.4)).requiresGrad_()
  const [U, W, V] = [weights(8, 5), weights(8, 8), weights(5, 8)]
  const optimizer = new optim.SGD([U, W, V], { lr: 0.15 })
  const tokens = vocabulary.encode(TEXT).toTypedArray()
  const seen: Unrolled[] = []
  for (let step = 0; step <= Math.max(...snapshots); step++) {
    const now = (t: Tensor) => noGrad(() => t.clone()).detach()
    if (snapshots.includes(step))
      seen.push(
        unroll({ U: now(U), W: now(W), V: now(V) }, TEXT, { vocabulary, label: String(step) }),
      )
    let h = zeros([8])
    const losses: Tensor[] = []
    for (let t = 0; t + 1 < tokens.length; t++) {
      h = U.select(1, tokens[t]).add(W.matmul(h)).tanh()
      losses.push(crossEntropy(V.matmul(h).reshape([1, 5]), vocabulary.encode(TEXT[t + 1])))
    }
    optimizer.zeroGrad()
    losses
      .reduce((sum, e) => sum.add(e))
      .div(losses.length)
      .backward()
    optimizer.step()
  }
  return seen
}

export default {
  title: 'RNN unrolled',
  question: 'What does it remember, and how far back does a loss reach?',
  group: 'Sequences',
  read: 'Time runs to the right: what is read, the hidden state, what is said, its loss. Under it, in the same columns, the gradient of every loss with respect to every earlier state. The slider sets the largest eigenvalue of W, and all of it is computed anew.',
  keys: [
    [', .', 'step back, forward'],
    ['Home, End', 'the first step, all of it'],
  ],
  examples: [
    {
      id: 'hello',
      title: 'Spelling hello, before and after 160 steps of training',
      note: 'A network of eight units. Choose the training step and watch the losses fall where the word is easy.',
      make: () => show(spelling([0, 40, 160])),
      stops: () => {
        const [, , last] = spelling([0, 40, 160])
        const target = vocabulary.encode(TEXT[1]).item()
        return [
          {
            say: 'Go to the ruler and press Home: the first step',
            focus: '.ls-ruler',
            keys: ['Home'],
            reads: `It gives that ${percent(last.probabilities.at(0, target).item())}`,
          },
        ]
      },
    },
    {
      id: 'lstm',
      title: 'An LSTM that has learned nothing yet',
      note: 'With gates the gradient has a way past the squashing: it falls more slowly even before training.',
      make: () => {
        manualSeed(2)
        const net = nn.charRNN(5, { kind: 'lstm', embedding: 3, hidden: 8 })
        return show(unroll(net, TEXT, { vocabulary }))
      },
    },
  ],
} satisfies Page
