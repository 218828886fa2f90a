import { linspace, manualSeed, randn, show, sin, tensor } from 'layerscope'
import { clothesOf, trainedLenet } from '../trained.ts'
import type { Page } from '../page.ts'

const SMALL = [
  [2, -1, 0],
  [0, 3, -2],
]

export default {
  title: 'Tensors and images',
  question: 'What is in here?',
  group: 'Data',
  read: 'Small tables of whole numbers show their numbers, pictures stay grey or coloured, signed values are blue and orange around the paper, all others run from dark to bright. Values that are no number are marked as such.',
  examples: [
    {
      id: 'numbers',
      title: 'A small table of numbers',
      note: 'Numbers are written into the cells; zero is the colour of the paper.',
      make: () => show(tensor(SMALL), { title: 'filter', at: [1, 1] }),
      stops: () => [
        {
          say: 'Go into the table and press → and ↓',
          focus: '.ls-body td[tabindex="0"]',
          keys: ['ArrowRight', 'ArrowDown'],
          reads: `[1, 1] = ${tensor(SMALL).at(1, 1).item()}`,
        },
      ],
    },
    {
      id: 'images',
      title: 'Images',
      note: 'Twelve test images of Fashion-MNIST, as bytes.',
      given: trainedLenet,
      make: given => show(clothesOf(given)),
    },
    {
      id: 'signed',
      title: 'Signed values with holes',
      note: 'One value is NaN and one infinite: they have marks of their own and are left out of the scale.',
      make: () => {
        manualSeed(2)
        const x = randn([4, 10, 10]).toTypedArray()
        x[22] = NaN
        x[57] = Infinity
        return show(tensor(x).reshape([4, 10, 10]), { title: 'noise' })
      },
    },
    {
      id: 'field',
      title: 'Values from 0 to 1',
      note: 'A map on the sequential scale: the bright spot is the large value, in both themes.',
      make: () => {
        const t = sin(linspace(0, 6.3, 40))
        return show(
          t
            .reshape([40, 1])
            .mul(t.reshape([1, 40]))
            .abs(),
          {
            title: 'sin y · sin x',
            scale: 'map',
          },
        )
      },
    },
  ],
} satisfies Page
