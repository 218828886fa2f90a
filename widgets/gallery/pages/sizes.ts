import { architecture, nn, show, sizes } from 'layerscope'
import type { Page } from '../page.ts'

export default {
  title: 'Sizes',
  question: 'Which sizes fit, and what happens if not?',
  group: 'Operations',
  read: 'The cells of one axis, padding grey, with a bracket under them for each window. What no window reads is red. Move a number; where it does not fit, the buttons say what would.',
  keys: [
    [', .', 'previous, next window'],
    ['[ ]', 'previous, next step of a network'],
  ],
  examples: [
    {
      id: 'seven',
      title: 'Seven cells, windows of three at stride 2',
      note: 'With one cell of padding on each side four windows fit, and every cell is read.',
      make: () => show(sizes({ input: 7, window: 3, stride: 2, padding: 1 })),
      stops: () => [
        {
          say: 'Press → : the next window',
          focus: '.ls-axis',
          keys: ['ArrowRight'],
          reads: 'Output 1 reads cells 1 to 3',
        },
        {
          say: 'One cell more: nothing but padding is lost',
          focus: 'input[aria-label=input]',
          keys: ['ArrowRight'],
          reads: `room for ${sizes({ input: 8, window: 3, stride: 2, padding: 1 }).outputs[0]} windows`,
        },
      ],
    },
    {
      id: 'alexnet',
      title: 'AlexNet at 224',
      note: 'The printed input leaves a column over in conv1, and then again in three poolings.',
      make: () => {
        const net = nn.shapesOnly(() => nn.alexNet({ norm: false, size: 224 }))
        return show(sizes(architecture(net, [1, 3, 224, 224])), { title: 'AlexNet at 224' })
      },
      stops: () => {
        const net = nn.shapesOnly(() => nn.alexNet({ norm: false, size: 227 }))
        const { outputs } = sizes(architecture(net, [1, 3, 227, 227]))
        return [
          {
            say: 'Choose an input of 227: all windows fit',
            click: '.ls-advice button',
            nth: 1,
            reads: `In all 227 → ${outputs[outputs.length - 1]}`,
          },
        ]
      },
    },
  ],
} satisfies Page
