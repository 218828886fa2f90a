// Small recurrent networks, trained from fixed seeds in a second or two: for tests and for pages that show the views.
import { crossEntropy, data, Generator, nn, noGrad, optim, randn, zeros, type Tensor } from '../../src/index.ts' // prettier-ignore
import { unroll, type Unrolled } from '../../src/explain/index.ts'

export const HELLO = 'hello hello hello '

/** The network of the lecture, without biases, learning to spell: unrolled at each of the steps asked for. */
export function helloRnn(at: readonly number[] = [0, 20, 40, 80, 160, 400], seed = 11): Unrolled[] {
  const vocabulary = new data.Vocabulary(['h', 'e', 'l', 'o', ' '])
  const generator = new Generator(seed)
  const parameter = (shape: number[], size: number): Tensor =>
    noGrad(() => randn(shape, { generator }).mul(size)).requiresGrad_()
  const [U, W, V] = [parameter([8, 5], 0.4), parameter([8, 8], 0.35), parameter([5, 8], 0.4)]
  const optimizer = new optim.SGD([U, W, V], { lr: 0.15 })
  const tokens = vocabulary.encode(HELLO).toTypedArray()
  const found: Unrolled[] = []
  const last = Math.max(...at)
  for (let step = 0; step <= last; step++) {
    if (at.includes(step)) {
      const copy = (t: Tensor): Tensor => noGrad(() => t.clone()).detach()
      found.push(unroll({ U: copy(U), W: copy(W), V: copy(V) }, HELLO, { vocabulary, label: String(step) })) // prettier-ignore
    }
    let h = zeros([8])
    let loss: Tensor | null = null
    for (let t = 0; t < tokens.length - 1; t++) {
      h = U.select(1, tokens[t]).add(W.matmul(h)).tanh()
      const e = crossEntropy(V.matmul(h).reshape([1, 5]), vocabulary.encode(HELLO[t + 1]))
      loss = loss ? loss.add(e) : e
    }
    optimizer.zeroGrad()
    loss?.div(tokens.length - 1).backward()
    optimizer.step()
  }
  return found
}

export interface CharTraining {
  kind?: 'rnn' | 'gru' | 'lstm'
  hidden?: number
  embedding?: number
  steps?: number
  seed?: number
  /** Passages side by side, characters of each a step. */
  size?: number
  length?: number
  lr?: number
}

/** A character model trained on a text; the loss is that of the last step, in nats a character. */
export function trainChars(
  text: string,
  vocabulary: data.Vocabulary,
  options: CharTraining = {},
): { net: nn.CharRNN; loss: number } {
  const { kind = 'lstm', hidden = 64, embedding = 24, steps = 300, seed = 3, size = 32, length = 50, lr = 5e-3 } = options // prettier-ignore
  const generator = new Generator(seed)
  const net = nn.charRNN(vocabulary.size, { kind, hidden, embedding, generator })
  const optimizer = new optim.Adam(net.parameters(), { lr })
  const windows = data.textWindows(vocabulary.encode(text), { length, stride: 1 })
  let last = 0
  for (let step = 0; step < steps; step++) {
    const at = Array.from({ length: size }, () => generator.below(windows.length))
    const { x, y } = windows.batch(at)
    const { logits } = net.forward(x.transpose())
    const loss = crossEntropy(logits.reshape([-1, vocabulary.size]), y.transpose().reshape([-1]))
    optimizer.zeroGrad()
    loss.backward()
    optim.clipGradNorm(net.parameters(), 1)
    optimizer.lr = lr * (1 - (0.9 * step) / steps)
    optimizer.step()
    last = loss.item()
  }
  return { net, loss: last }
}
