/** Small recurrent networks that have learned something, each in a second or two from a fixed seed. */
import {
  crossEntropy,
  data,
  Generator,
  nn,
  noGrad,
  optim,
  randn,
  zeros,
  type Tensor,
} from 'layerscope'
import { unroll, type Unrolled } from 'layerscope/explain'
import type { Given } from './page.ts'

export const HELLO = 'hello hello hello '
const LETTERS = new data.Vocabulary(['h', 'e', 'l', 'o', ' '])
/** Training steps whose weights are kept. */
const KEPT = [0, 20, 80, 160]

/** U, W and V of the lecture's network while it learns to spell: `U 20` stands after 20 steps. */
export function trainedHello(): Given {
  const generator = new Generator(11)
  const parameter = (shape: number[], size: number): Tensor =>
    noGrad(() => randn(shape, { generator }).mul(size)).requiresGrad_()
  const weights = { U: parameter([8, 5], 0.4), W: parameter([8, 8], 0.35), V: parameter([5, 8], 0.4) } // prettier-ignore
  const { U, W, V } = weights
  const optimizer = new optim.SGD([U, W, V], { lr: 0.15 })
  const tokens = LETTERS.encode(HELLO).toTypedArray()
  const out: Given = {}
  for (let step = 0; step <= KEPT[KEPT.length - 1]; step++) {
    if (KEPT.includes(step))
      for (const [name, w] of Object.entries(weights))
        out[`${name} ${step}`] = noGrad(() => w.clone()).detach()
    let h = zeros([8])
    let loss: Tensor | null = null
    for (let t = 0; t < tokens.length - 1; t++) {
      h = U.select(1, tokens[t]).add(W.matmul(h)).tanh()
      const e = crossEntropy(V.matmul(h).reshape([1, 5]), LETTERS.encode(HELLO[t + 1]))
      loss = loss ? loss.add(e) : e
    }
    optimizer.zeroGrad()
    loss?.div(tokens.length - 1).backward()
    optimizer.step()
  }
  return out
}

/** The networks of `trainedHello`, unrolled over the text. */
export const helloOf = (given: Given): Unrolled[] =>
  KEPT.map(step =>
    unroll({ U: given[`U ${step}`], W: given[`W ${step}`], V: given[`V ${step}`] }, HELLO, {
      vocabulary: LETTERS,
      label: String(step),
    }),
  )

/** Names, one a line, in small letters. */
export const nameLetters = new data.Vocabulary([...'abcdefghijklmnopqrstuvwxyz\n'])
const SHAPE = { kind: 'lstm', hidden: 32, embedding: 16 } as const

/** An LSTM after 200 steps on the committed names. */
export function trainedNames(): Given {
  const text = data.names().map(n => n.toLowerCase()).filter(n => /^[a-z]+$/.test(n)).join('\n') // prettier-ignore
  const generator = new Generator(3)
  const net = nn.charRNN(nameLetters.size, { ...SHAPE, generator })
  const optimizer = new optim.Adam(net.parameters(), { lr: 8e-3 })
  const windows = data.textWindows(nameLetters.encode(text), { length: 40, stride: 1 })
  for (let step = 0; step < 200; step++) {
    const { x, y } = windows.batch(
      Array.from({ length: 24 }, () => generator.below(windows.length)),
    )
    const { logits } = net.forward(x.transpose())
    const loss = crossEntropy(logits.reshape([-1, nameLetters.size]), y.transpose().reshape([-1]))
    optimizer.zeroGrad()
    loss.backward()
    optim.clipGradNorm(net.parameters(), 1)
    optimizer.step()
  }
  return net.stateDict()
}

/** The network of `trainedNames`. */
export function namesOf(given: Given): nn.CharRNN {
  const net = nn.charRNN(nameLetters.size, SHAPE)
  net.loadStateDict(given)
  return net
}
