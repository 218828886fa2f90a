import { data, show } from 'layerscope'
import { predictions } from 'layerscope/explain'
import { lenetOf, trainedLenet } from '../trained.ts'
import type { Given, Page } from '../page.ts'

const said = (given: Given) => predictions(lenetOf(given), data.fashionMNIST().test.take(1000))

export default {
  title: 'Confusion',
  question: 'What does it mix up?',
  group: 'Networks',
  read: 'Rows are true classes, columns what the network said. The diagonal is left out of the scale, or the mistakes would vanish. Click a cell: its surest examples stand at the right.',
  keys: [
    ['← ↑ ↓ →', 'another cell'],
    ['Enter', 'its images'],
    ['s', 'all counts, or mistakes only'],
    ['Esc', 'the surest mistakes of all'],
  ],
  examples: [
    {
      id: 'clothes',
      title: 'LeNet on 1,000 images of clothes',
      note: 'After three epochs. Shirts are the hard ones.',
      given: trainedLenet,
      make: given => show(said(given), { from: 'LeNet, 3 epochs' }),
      stops: given => {
        const p = said(given)
        const labels = p.labels.toTypedArray()
        const predicted = p.predicted.toTypedArray()
        const count = (i: number, j: number) =>
          Array.from(labels).filter((t, n) => t === i && predicted[n] === j).length
        return [
          {
            say: 'Click the first cell of the diagonal',
            click: '.ls-cell',
            reads: `${p.classes[0]}: ${count(0, 0)} of`,
          },
          {
            say: 'Press → twice, then Enter',
            focus: '.ls-cell',
            keys: ['ArrowRight', 'ArrowRight', 'Enter'],
            reads: `images are taken for ${p.classes[2]}; the other way round it is ${count(2, 0)}`,
          },
        ]
      },
    },
  ],
} satisfies Page
