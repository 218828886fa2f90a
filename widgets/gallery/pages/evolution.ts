import { data, nn, manualSeed, optim, show, train, type Run } from 'layerscope'
import { short } from '../../parts/index.ts'
import type { Page } from '../page.ts'

/** A small network on drawn shapes, with a snapshot after every epoch. */
function shapes(): Run {
  manualSeed(3)
  const set = data.shapes({ count: 400, size: 16, classes: ['circle', 'cross', 'square'], seed: 5 })
  const net = new nn.Sequential({
    conv1: new nn.Conv2d(1, 6, 5, { padding: 2 }),
    relu1: new nn.ReLU(),
    pool1: new nn.MaxPool2d(2),
    conv2: new nn.Conv2d(6, 8, 3),
    relu2: new nn.ReLU(),
    flatten: new nn.Flatten(),
    fc: new nn.Linear(8 * 6 * 6, 3),
  })
  const run = train(net, {
    data: set.take(300),
    test: set.take(Array.from({ length: 100 }, (_, i) => 300 + i)),
    optimizer: new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
    epochs: 12,
    batch: 32,
    keep: 'epochs',
  })
  for (let epoch = 0; epoch < 12; epoch++) run.epoch()
  return run
}

export default {
  title: 'Filters over training',
  question: 'When did this become what it is? Do early layers converge first?',
  group: 'Training',
  read: 'One axis of snapshots. Each row of the film is a unit: the deconvnet’s projection of its strongest activation. A triangle between two columns: another image won there, so that a jump is a new image, not a new filter. Under it, for each layer, how far its weights still had to go; circles stand at half the way.',
  keys: [
    [', .', 'a snapshot back, forward'],
    ['< >', 'the change of winner before, after'],
    ['[ ]', 'another unit'],
    ['PgUp PgDn', 'another layer'],
  ],
  examples: [
    {
      id: 'shapes',
      title: 'Circles, crosses and squares',
      note: 'Thirteen snapshots of a small network; the winners are looked for among the 100 test images.',
      make: () => show(shapes().evolution({ layers: ['conv1', 'conv2'], units: 4 })),
      stops: () => {
        const { layers } = shapes().evolution({ layers: ['conv2'], units: 4 })
        const [unit] = layers[0].units
        return [
          {
            say: 'Go to the ruler and press Home, then .',
            focus: '.ls-ruler',
            keys: ['Home', '.'],
            reads: `It fires most for image ${unit.winners[1].image}`,
          },
          {
            say: 'Press End',
            focus: '.ls-ruler',
            keys: ['End'],
            reads: short(unit.winners[unit.winners.length - 1].value),
          },
        ]
      },
    },
  ],
} satisfies Page
