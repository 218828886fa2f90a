import { nn, manualSeed, randn, relu, conv2d, show, trace } from 'layerscope'
import { fixed } from '../../parts/index.ts'
import { clothesOf, lenetOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Feature-map explorer',
  question: 'What does each layer see of my image, and where does this number come from?',
  group: 'Networks',
  read: 'Layers at the left, the maps of the chosen one in the middle, the input at the right. A pinned value opens into its window, times the filter, channel by channel; each of those numbers opens again, down to the pixel.',
  keys: [
    ['[ ]', 'previous, next map'],
    ['Page Up, Page Down', 'previous, next layer'],
    ['s', 'one scale for the layer, or each map its own'],
  ],
  examples: [
    {
      id: 'lenet',
      title: 'A trained LeNet and a shirt',
      note: 'Four epochs of Fashion-MNIST. The library runs in this page: choose another input and every layer is computed anew.',
      live: true,
      given: trainedLenet,
      make: given => {
        const clothes = clothesOf(given)
        return show(trace(lenetOf(given), clothes.at(0)), {
          inputs: clothes,
          layer: 'conv2',
          from: 'LeNet, four epochs',
        })
      },
      stops: given => {
        const { x } = clothesOf(given).at(0)
        const conv1 = relu(
          conv2d(x, given['conv1.weight'], { bias: given['conv1.bias'], padding: 2 }),
        )
        const value = (i: number, j: number) => fixed(conv1.at(0, 0, i, j).item())
        return [
          {
            say: 'Go to the layers and press Page Up until conv1 stands in the title',
            focus: '.ls-layers [aria-pressed=true]',
            keys: ['PageUp', 'PageUp'],
            reads: 'conv1',
          },
          {
            say: 'Move down and right in the first map',
            focus: '.ls-map .ls-tile',
            keys: ['ArrowDown', 'ArrowRight'],
            reads: value(1, 1),
          },
          { say: 'Press Enter to pin the value', keys: ['Enter'], reads: 'Pinned' },
        ]
      },
    },
    {
      id: 'untrained',
      title: 'Colour, and maps of an untrained network',
      note: 'Three input channels are one picture. Before training the maps are noise through random filters.',
      make: () => {
        manualSeed(5)
        const net = new nn.Sequential({
          conv1: new nn.Conv2d(3, 8, 3, { padding: 1 }),
          relu1: new nn.ReLU(),
          pool1: new nn.MaxPool2d(2),
          conv2: new nn.Conv2d(8, 12, 3, { padding: 1 }),
          relu2: new nn.ReLU(),
        })
        return show(trace(net, randn([3, 24, 24]).mul(0.2).add(0.5)), { layer: 'conv1' })
      },
    },
  ],
} satisfies Page
