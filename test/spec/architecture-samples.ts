/** A valid architecture view, made by hand, as JSON. */
import { encode } from '../../src/spec/encode.ts'
import type { ArchitectureView } from '../../src/spec/view.ts'

const conv = (kernel: number, stride: number, padding: number) => [
  {
    kernel: [kernel, kernel] as [number, number],
    stride: [stride, stride] as [number, number],
    padding: [padding, padding] as [number, number],
    dilation: [1, 1] as [number, number],
  },
]

/** A net of a convolution, a pooling that leaves a row over, and a dense layer; and the net without pooling. */
export const architectureView = (): ArchitectureView => {
  const layers: ArchitectureView['data']['models'][number]['layers'] = [
    { name: 'conv1', what: '3×3, ReLU', output: [4, 7, 7], parameters: 40, macs: 1764, field: { size: [3, 3], jump: [1, 1], start: [0, 0] }, windows: conv(3, 1, 0), global: false, leftover: null },
    { name: 'pool1', what: 'max 2×2', output: [4, 3, 3], parameters: 0, macs: 0, field: { size: [4, 4], jump: [2, 2], start: [0, 0] }, windows: conv(2, 2, 0), global: false, leftover: [1, 1] },
    { name: 'fc', what: 'dense', output: [10], parameters: 370, macs: 360, field: null, windows: [], global: true, leftover: null },
  ] // prettier-ignore
  return {
    spec: 1,
    id: 'v1',
    title: 'small net',
    text: 'small net: [1, 9, 9] → [10].',
    producer: '0.1.0',
    kind: 'architecture',
    from: 'lecture 5',
    data: {
      models: [
        { name: 'small net', input: [1, 9, 9], layers },
        { name: 'without pooling', input: [1, 9, 9], layers: [layers[0]] },
      ],
      model: 0,
      layer: 1,
      at: [1, 1],
      measured: encode(
        Array.from({ length: 81 }, (_, p) => Number(p % 9 > 1 && p % 9 < 6 && p > 17 && p < 54)),
        [9, 9],
        'u8',
      ),
      live: true,
    },
  }
}
