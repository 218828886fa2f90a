import { crossEntropy, show, softmax, tensor, trace } from 'layerscope'
import { fixed, percent } from '../../parts/index.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Softmax',
  question: 'What do logits turn into, and why subtract the maximum?',
  group: 'Operations',
  read: 'One line a class, from the logit to its probability; the sums are ruled off. Drag a logit. Click a class: it is the right one, and the loss and its gradient for every logit appear.',
  keys: [['[ ]', 'previous, next row']],
  examples: [
    {
      id: 'logits',
      title: 'Five logits',
      note: 'Only differences count: add 1000 to every logit and nothing changes, unless e is raised to the logits as they are.',
      make: () =>
        show(
          trace(() => softmax(tensor([8.4, 2.8, 2.3, 8.6, 4.5]))),
          { labels: ['T-shirt', 'pullover', 'shirt', 'dress', 'bag'] },
        ),
      stops: () => {
        const p = softmax(tensor([8.4, 2.8, 2.3, 8.7, 4.5]))
        return [
          {
            say: 'Raise the logit of dress by one step',
            focus: 'input[aria-label="logit of dress"]',
            keys: ['ArrowRight'],
            reads: `dress now has ${percent(p.at(3).item())}`,
          },
          {
            say: 'Add 1000 to every logit, and compute naively',
            click: '.ls-segment[aria-label="add to every logit"] button',
            nth: 2,
            reads: 'dress leads T-shirt',
          },
          {
            say: 'Without subtracting the maximum nothing is left',
            click: '.ls-segment[aria-label=compute] button',
            nth: 1,
            reads: '∞ ÷ ∞ is not a number',
          },
        ]
      },
    },
    {
      id: 'loss',
      title: 'Cross-entropy of two rows',
      note: 'The traced loss brings its right classes along. The gradient p − y pushes the right logit up and all others down.',
      make: () => {
        const logits = tensor([
          [1, 2, 3],
          [4, 0.5, -1],
        ])
        const right = tensor([1, 0], { dtype: 'int32' })
        return show(
          trace(() => crossEntropy(logits, right)),
          { labels: ['coat', 'shirt', 'dress'] },
        )
      },
      stops: () => {
        const loss = crossEntropy(tensor([4, 0.5, -1]), tensor(0, { dtype: 'int32' }))
        return [
          {
            say: 'Press ] for the other row',
            focus: 'input[aria-label="logit of coat"]',
            keys: [']'],
            where: '.ls-loss',
            reads: fixed(loss.item()),
          },
        ]
      },
    },
    {
      id: 'naive',
      title: 'A function that does not survive 1000',
      note: 'Your own softmax beside ours, row by row: where it differs, its number stands in red.',
      make: () => {
        const naive = (rows: number[][]) =>
          rows.map(row => {
            const e = row.map(v => Math.exp(v))
            const sum = e.reduce((a, b) => a + b)
            return e.map(v => v / sum)
          })
        const logits = tensor([
          [1, 2, 3],
          [1000, 1001, 1002],
        ])
        return show(
          trace(() => softmax(logits)),
          { compare: naive, row: 1 },
        )
      },
    },
  ],
} satisfies Page
