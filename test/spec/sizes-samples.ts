/** A valid size explorer's view, made by hand, as JSON: AlexNet's first steps at 224. */
import type { SizesView } from '../../src/spec/view.ts'

export const sizesView = (): SizesView => ({
  spec: 1,
  id: 'v1',
  title: 'sizes in AlexNet',
  text: 'sizes in AlexNet: 224 → 54 → 26.',
  producer: '0.1.0',
  kind: 'sizes',
  shape: '224 → 54 → 26',
  from: 'lecture 7',
  data: {
    input: 224,
    steps: [
      { name: 'conv1', window: 11, stride: 4, padding: 0, dilation: 1 },
      { name: 'pool1', window: 3, stride: 2, padding: 0, dilation: 1 },
    ],
    step: 0,
  },
})
