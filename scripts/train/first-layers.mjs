// Two networks that begin differently, 3×3 at stride 1 and 11×11 at stride 4: npm run train:first-layers
//   --epochs N   default 12 (coarse), 16 (fine)      --out <folder>   default src/data/weights      --only fine|coarse
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../lib/paths.mjs'
import { FASHION, fit, library, writeWeights } from './train.mjs'

const { values: options } = parseArgs({
  options: {
    epochs: { type: 'string' },
    out: { type: 'string', default: join(root, 'src/data/weights') },
    only: { type: 'string' },
  },
})
const { data, manualSeed, nn, optim } = await library()
const seed = 5
const batch = 64
const set = data.fashionMNIST()
const nets = {
  coarse: {
    make: nn.coarseNet,
    lr: 0.05,
    epochs: 12,
    model:
      'one 11×11 convolution at stride 4, two 3×3, two dense layers, ReLU, 62,666 parameters; input [N, 1, 28, 28], logits of ten classes',
  },
  fine: {
    make: nn.fineNet,
    lr: 0.02,
    epochs: 16,
    model:
      'six 3×3 convolutions at stride 1, three max poolings, two dense layers, ReLU, 109,370 parameters; input [N, 1, 28, 28], logits of ten classes',
  },
}
for (const [name, { make, lr, epochs, model }] of Object.entries(nets)) {
  if (options.only && options.only !== name) continue
  manualSeed(seed)
  const net = make()
  const run = fit(net, {
    set,
    optimizer: new optim.SGD(net.parameters(), { lr, momentum: 0.9, weightDecay: 5e-4 }),
    epochs: Number(options.epochs ?? epochs),
    batch,
    seed,
  })
  writeWeights(
    join(options.out, name),
    run.filter(({ epoch }) => epoch === 0 || epoch === run.at(-1).epoch),
    {
      name,
      model,
      data: FASHION,
      command: 'npm run train:first-layers',
      seed,
      optimizer: `SGD, learning rate ${lr}, momentum 0.9, weight decay 0.0005`,
      batch,
    },
  )
}
