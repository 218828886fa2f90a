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
  })
  for (let epoch = 0; epoch < 4; epoch++) run.epoch()
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
  }).finish()
}

export default {
  title: 'Training',
  question: 'Is it learning, or learning by heart?',
  group: 'Training',
  read: 'Loss and accuracy over one axis of epochs: training thin, test thick. The sentence says what the numbers say; pause, one step and one epoch drive the run.',
  keys: [
    ['p', 'pause, go on'],
    ['.', 'one step'],
    ['← →', 'move along the curve'],
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
            say: 'Go into the curves and press End',
            focus: '.ls-plot',
            keys: ['End'],
            reads: percent(tested[tested.length - 1].testAccuracy ?? NaN),
            where: '.ls-frame',
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
