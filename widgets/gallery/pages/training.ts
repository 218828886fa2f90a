import { data, lenet, manualSeed, nn, optim, rand, show, train, type Run } from 'layerscope'
import { percent } from '../../parts/index.ts'
import type { Page } from '../page.ts'

/** Points in a square, labelled by the side of a circle they lie on: something to learn in a page. */
function rings(n: number): data.TensorDataset {
  const x = rand([n, 2]).mul(2).sub(1)
  return new data.TensorDataset(x, x.square().sum({ dim: 1 }).gt(0.6).to('int32'))
}

function rehearsal(): Run {
  manualSeed(4)
  const net = new nn.Sequential([new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 2)])
  const run = train(net, {
    data: rings(512),
    test: rings(256),
    optimizer: new optim.SGD(net.parameters(), { lr: 0.2, momentum: 0.9 }),
    epochs: 12,
    batch: 32,
    keep: 'epochs',
  })
  for (let epoch = 0; epoch < 4; epoch++) run.epoch()
  return run
}

/** Two other rates from epoch 2 on. */
function branches(): Run {
  const run = rehearsal()
  for (const lr of [0.02, 1.5]) {
    const branch = run.at({ epoch: 2 }).branch({ lr })
    for (let epoch = 0; epoch < 4; epoch++) branch.epoch()
  }
  return run
}

/** A rate that is far too high: after some steps nothing is finite. */
function exploding(): Run {
  manualSeed(4)
  const net = new nn.Sequential([new nn.Linear(2, 16), new nn.ReLU(), new nn.Linear(16, 2)])
  const optimizer = new optim.SGD(net.parameters(), { lr: 1e12, momentum: 0.9 })
  const run = train(net, { data: rings(512), optimizer, epochs: 2, batch: 32, keep: 'epochs' })
  run.epoch()
  return run
}

async function overfitting(): Promise<Run> {
  const clothes = data.fashionMNIST()
  manualSeed(2)
  const net = lenet()
  return train(net, {
    data: clothes.train.take(500),
    test: clothes.test.take(500),
    optimizer: new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
    epochs: 40,
    batch: 32,
    keep: 'epochs',
  }).finish()
}

export default {
  title: 'Training',
  question: 'Is it learning, or learning by heart? What if I had chosen another rate?',
  group: 'Training',
  read: 'Loss and accuracy over one axis of epochs: training thin, test thick; under it the snapshots, and the branches that left them. Drag on that line to look back: the chosen snapshot stands at the right, with three figures, the histograms of each layer and what is wrong with it. Train on from it, or branch with another rate.',
  keys: [
    ['p', 'pause, go on'],
    [', .', 'a snapshot back, forward; at the newest: one epoch'],
    ['[ ]', 'another branch'],
    ['Esc', 'back to the newest'],
  ],
  examples: [
    {
      id: 'rings',
      title: 'A small net, held after four epochs',
      note: 'Which points lie outside the circle? The library runs in this page: go on, or take one step or one epoch.',
      live: true,
      make: () => show(rehearsal(), { title: 'Rings' }),
      stops: () => {
        const tested = rehearsal().history
        return [
          {
            say: 'Go to the snapshots and press ← twice',
            focus: '.ls-rail',
            keys: ['ArrowLeft', 'ArrowLeft'],
            reads: percent(tested[1].testAccuracy ?? NaN),
            where: '.ls-snapshot',
          },
        ]
      },
    },
    {
      id: 'branches',
      title: 'What if I had chosen another rate?',
      note: 'Two branches leave the run at epoch 2 with the same weights and the same order of examples: one ten times slower, one too fast.',
      make: () => show(branches(), { title: 'Rings' }),
      stops: () => {
        const [slow] = branches().branches
        const last = slow.history[slow.history.length - 1]
        return [
          {
            say: 'Go to the snapshots and press ]',
            focus: '.ls-rail',
            keys: [']'],
            reads: percent(last.testAccuracy ?? NaN),
            where: '.ls-snapshot',
          },
        ]
      },
    },
    {
      id: 'exploding',
      title: 'A loss that is not finite',
      note: 'The first step and layer at which something was not finite are named.',
      make: () => show(exploding(), { title: 'A rate far too high' }),
      stops: () => {
        const broken = exploding().broken
        return [
          {
            say: 'Go to the snapshots and press End',
            focus: '.ls-rail',
            keys: ['End'],
            reads: `not finite at step ${broken?.step}; the first output that was not is that of ${broken?.layer}`,
            where: '.ls-alarm',
          },
        ]
      },
    },
    {
      id: 'by-heart',
      title: 'Learning by heart',
      note: 'LeNet on 500 images only: the training loss goes on falling while the test loss is lowest early and rises again.',
      make: async () => show(await overfitting(), { title: 'LeNet, 500 images' }),
    },
  ],
} satisfies Page
