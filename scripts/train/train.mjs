// What the training scripts share: the built library in its deterministic mode, the loop, the card.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../lib/paths.mjs'
import { fail, say, StepError } from '../lib/steps.mjs'

/** @param {string} [entry] index, explain, io */
const built = async (entry = 'index') => {
  const file = join(root, 'src/dist', `${entry}.js`)
  if (!existsSync(file)) fail(new StepError('the library is not built: npm run build'))
  return import(pathToFileURL(file).href)
}

/** The library, so set that every machine gets the same bits. */
export async function library() {
  const lib = await built()
  lib.setBackend('wasm', { deterministic: true })
  return lib
}

const lib = await built()
const { safetensors } = await built('io')

/** What a card says of the data, and of LeNet. */
export const FASHION =
  'Fashion-MNIST: the first 10,000 training images; measured on all 10,000 test images'
export const LENET =
  'LeNet-5 with ReLU and max pooling, 61,706 parameters; input [N, 1, 28, 28], logits of ten classes'

/** Trains with the loop of the lectures; says how it goes. */
export function fit(net, { set, optimizer, epochs, batch, seed, every = 1 }) {
  const kept = []
  const keep = epoch => {
    net.eval()
    const { loss, accuracy } = lib.evaluate(net, set.test)
    net.train()
    if (epoch % every === 0 || epoch === epochs)
      kept.push({ epoch, state: net.stateDict(), loss, accuracy })
    say(`epoch ${epoch}: test loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(2)} %`)
  }
  keep(0)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of lib.data.batches(set.train, {
      size: batch,
      shuffle: true,
      seed: seed * 1000 + epoch,
    })) {
      const loss = lib.crossEntropy(net.forward(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    keep(epoch)
  }
  return kept
}

/** Weights in half precision and their card. */
export function writeWeights(folder, kept, card) {
  mkdirSync(folder, { recursive: true })
  const tensors = {}
  for (const { epoch, state } of kept)
    for (const [name, tensor] of Object.entries(state)) tensors[`${epoch}/${name}`] = tensor
  const file = join(folder, 'weights.safetensors')
  safetensors.save(file, tensors, { float16: true, metadata: { format: 'pt', name: card.name } })
  const rounded = (value, digits) => Number(value.toFixed(digits))
  const full = {
    ...card,
    licence: 'MIT, as the library; the data set has its own licence, beside it',
    epochs: kept.map(k => k.epoch),
    testAccuracy: kept.map(k => rounded(k.accuracy, 4)),
    testLoss: kept.map(k => rounded(k.loss, 4)),
    precision: 'float16; accuracy and loss are those of the float32 weights in training',
  }
  writeFileSync(join(folder, 'card.json'), JSON.stringify(full, null, 1) + '\n')
  say(`${file}: ${(statSync(file).size / 1e6).toFixed(2)} MB`)
}
