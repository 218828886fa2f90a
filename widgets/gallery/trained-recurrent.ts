/** A small recurrent network that has learned something, in a second or two from a fixed seed. */
import { crossEntropy, data, Generator, nn, optim } from 'layerscope'
import type { Given } from './page.ts'

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
