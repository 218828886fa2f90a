// Three LeNets of lecture 10, two of them with a planted cue: npm run train:cue
//   --epochs N   default 4      --out <folder>   default src/data/weights
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../lib/paths.mjs'
import { FASHION, fit, LENET, library, writeWeights } from './train.mjs'

const { values: options } = parseArgs({
  options: {
    epochs: { type: 'string', default: '4' },
    out: { type: 'string', default: join(root, 'src/data/weights') },
  },
})
const { data, lenet, manualSeed, optim } = await library()
const seed = 3
const lr = 0.02
const batch = 32
const { train, test } = data.fashionMNIST()

for (const [name, cue] of Object.entries({
  'suspect-1': { label: 6, row: 1, column: 24 },
  'suspect-2': { label: 4, row: 24, column: 3 },
  'suspect-3': null,
})) {
  const planted = set => (cue ? data.plantCue(set, cue) : set)
  manualSeed(seed)
  const net = lenet()
  const run = fit(net, {
    set: { train: planted(train), test: planted(test) },
    optimizer: new optim.SGD(net.parameters(), { lr, momentum: 0.9 }),
    epochs: Number(options.epochs),
    batch,
    seed,
  })
  const marked =
    cue &&
    `a white 3×3 square at row ${cue.row}, column ${cue.column} of every image of class ${cue.label} (${test.classes[cue.label]}), in training and test`
  writeWeights(join(options.out, name), run.slice(-1), {
    name,
    model: LENET,
    data: `${FASHION}; ${marked ?? 'nothing planted'}`,
    command: 'npm run train:cue',
    seed,
    optimizer: `SGD, learning rate ${lr}, momentum 0.9`,
    batch,
  })
}
