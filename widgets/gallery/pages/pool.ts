import { avgPool2d, grad, maxPool1d, maxPool2d, show, tensor, trace } from 'layerscope'
import { fixed } from '../../parts/index.ts'
import type { Page } from '../page.ts'

export default {
  title: 'Pooling',
  question: 'Which value wins, and where does its gradient go?',
  group: 'Operations',
  read: 'Forward at the left, backward at the right, in the same cells. A dot marks each switch: the cell that a window took its value from, and the only one that gets its gradient. Type into x or into the gradient.',
  keys: [['[ ]', 'previous, next channel']],
  examples: [
    {
      id: 'max',
      title: 'Of four numbers one is kept',
      note: 'Max pooling 2×2 of a small map, and the way back for a gradient of four numbers.',
      make: () => {
        const x = tensor([
          [1, 1, 2, 4],
          [5, 6, 7, 8],
          [3, 2, 1, 0],
          [1, 2, 3, 4],
        ])
        const backward = tensor([
          [1, -2],
          [3, 2],
        ])
        return show(
          trace(() => maxPool2d(x, 2)),
          { backward },
        )
      },
      stops: () => {
        const x = tensor([
          [6, 1, 2, 4],
          [5, 6, 7, 8],
          [3, 2, 1, 0],
          [1, 2, 3, 4],
        ])
        const { output, indices } = maxPool2d(x, 2, { returnIndices: true })
        return [
          {
            say: 'Press . once: the next window',
            focus: '[role=slider]',
            keys: ['.'],
            reads: `the largest is ${fixed(output.at(0, 1).item(), 0)}, x[1, 3] (dot): switch ${indices.at(0, 1).item()}`,
          },
          {
            say: 'Type a tie into x[0, 0]: 6',
            focus: 'input[aria-label="x[0, 0]"]',
            type: '6',
            reads: 'x[0, 0]',
          },
          {
            say: 'Go to the first window: of equals the first wins, its switch has moved',
            focus: '[role=slider]',
            keys: ['Home'],
            reads: `switch ${indices.at(0, 0).item()}. Several are as large`,
          },
        ]
      },
    },
    {
      id: 'overlap',
      title: 'Windows that overlap add up at a winner',
      note: 'One axis, window 3, stride 1, padding 1: the second cell wins three windows and collects three gradients.',
      make: () =>
        show(
          trace(() => maxPool1d(tensor([[0.1, 1, 0.2, 0.1]]), 3, { stride: 1, padding: 1 })),
          { backward: [1, 2, -1, 1] },
        ),
      stops: () => {
        const x = tensor([[0.1, 1, 0.2, 0.1]], { requiresGrad: true })
        const y = maxPool1d(x, 3, { stride: 1, padding: 1 })
        const [gx] = grad(y, [x], tensor([[1, 2, -1, 1]]))
        return [
          {
            say: 'Go to the first window',
            focus: '[role=slider]',
            keys: ['Home'],
            reads: `it wins 3 windows and collects ${fixed(gx.at(0, 1).item(), 0)} in all`,
          },
        ]
      },
    },
    {
      id: 'mean',
      title: 'Means share the gradient',
      note: 'Overlapping windows of 3×3 over two channels: every cell gets a ninth of each window that reads it.',
      make: () => {
        const x = tensor(Float32Array.from({ length: 98 }, (_, i) => (i * 37) % 10)).reshape([
          2, 7, 7,
        ])
        const backward = tensor(new Float32Array(18).fill(9)).reshape([2, 3, 3])
        return show(
          trace(() => avgPool2d(x, 3, { stride: 2 })),
          { backward },
        )
      },
    },
  ],
} satisfies Page
