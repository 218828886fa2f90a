// LeNet on Fashion-MNIST for 64 epochs, its weights kept before the first and after each: npm run train:lenet
//   --epochs N   default 64      --out <folder>   default src/data/weights/lenet
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../lib/paths.mjs'
import { FASHION, fit, LENET, library, writeWeights } from './train.mjs'

const { values: options } = parseArgs({
  options: {
    epochs: { type: 'string', default: '64' },
    out: { type: 'string', default: join(root, 'src/data/weights/lenet') },
  },
})
const { data, lenet, manualSeed, optim } = await library()
const seed = 1
const lr = 0.01
manualSeed(seed)
const net = lenet()
const run = fit(net, {
  set: data.fashionMNIST(),
  optimizer: new optim.SGD(net.parameters(), { lr, momentum: 0.9 }),
  epochs: Number(options.epochs),
  batch: 64,
  seed,
})
writeWeights(options.out, run, {
  name: 'lenet',
  model: LENET,
  data: FASHION,
  command: 'npm run train:lenet',
  seed,
  optimizer: `SGD, learning rate ${lr}, momentum 0.9`,
  batch: 64,
})
