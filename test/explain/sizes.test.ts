import { describe, expect, test } from 'vitest'
import {
  architecture,
  conv2d,
  lenet,
  maxPool2d,
  nn,
  randn,
  sizes,
  trace,
  zeros,
} from '../../src/index.ts'
import { exactSize, leftOver, sizeAfter, wouldFit } from '../../src/spec/sizes.ts'

describe('one axis', () => {
  test('the design’s example', () => {
    const s = sizes({ input: 7, window: 3, stride: 2, padding: 1 })
    expect(s.outputs).toEqual([4])
    expect(String(s)).toBe('(7 + 2·1 − 3) / 2 + 1 = 4: every cell is read.')
  })
  test('what does not fit, and what would', () => {
    const step = { name: '', window: 11, stride: 4, padding: 0, dilation: 1 }
    expect([exactSize(224, step), sizeAfter(224, step), leftOver(224, step)]).toEqual([54.25, 54, 1]) // prettier-ignore
    expect(wouldFit(224, step)).toEqual([
      { what: 'window', value: 12 },
      { what: 'input', value: 227 },
      { what: 'stride', value: 3 },
    ])
    expect(String(sizes({ input: 224, ...step }))).toBe(
      '(224 + 2·0 − 11) / 4 + 1 = 54.25, so 54: 1 cell is never read. It would fit with window 12, input 227 or stride 3.',
    )
    expect(wouldFit(227, step)).toEqual([])
  })
  test('every offer fits, whatever the numbers', () => {
    for (let n = 1; n < 40; n++)
      for (let window = 1; window < 6; window++)
        for (let stride = 1; stride < 5; stride++)
          for (let padding = 0; padding < 3; padding++) {
            const step = { name: '', window, stride, padding, dilation: 1 + (n % 2) }
            for (const { what, value } of wouldFit(n, step)) {
              const size = what === 'input' ? value : n
              const changed = what === 'input' ? step : { ...step, [what]: value }
              expect(Number.isInteger(exactSize(size, changed))).toBe(true)
              expect(leftOver(size, changed)).toBe(0)
            }
          }
  })
  test('padding that is left over, and a window that is too long', () => {
    expect(String(sizes({ input: 10, window: 3, stride: 3, padding: 1, dilation: 2 }))).toContain('so 3: only padding is left over.') // prettier-ignore
    expect(String(sizes({ input: 2, window: 5 }))).toBe('(2 + 2·0 − 5) / 1 + 1 = −2: the window is longer than the padded input.') // prettier-ignore
    expect(sizes({ input: 2, window: 5 }).outputs).toEqual([0])
  })
  test.each([
    [{ input: 0, window: 1 }],
    [{ input: 3, window: 1.5 }],
    [{ input: 3, window: 1, padding: -1 }],
  ])('refused: %j', o =>
    // prettier-ignore
    expect(() => sizes(o)).toThrow(RangeError),
  )
})

describe('of what was computed', () => {
  test('a convolution and a pooling', () => {
    const x = randn([1, 9, 13])
    const w = randn([2, 1, 3, 5])
    const t = trace(() => conv2d(x, w, { stride: 2, padding: [1, 0] }))
    expect([sizes(t).outputs, sizes(t, { axis: 1 }).outputs]).toEqual([[5], [5]])
    const p = sizes(trace(() => maxPool2d(x, 3, { stride: 2 })))
    expect([p.outputs, p.steps[0].name]).toEqual([[4], 'maxPool2d'])
    expect(() => sizes(trace(() => zeros([2]).add(1)))).toThrow('0 convolutions and poolings')
  })
  test('a network: the chain of its sizes, as architecture says', () => {
    const a = architecture(lenet(), [1, 1, 28, 28])
    expect(sizes(a).outputs).toEqual([28, 14, 10, 5, 1])
    const alex = nn.shapesOnly(() => nn.alexNet({ norm: false, size: 224 }))
    const s = sizes(architecture(alex, [1, 3, 224, 224]))
    expect(s.outputs).toEqual([54, 26, 26, 12, 12, 12, 12, 5])
    expect(s.rests).toEqual([1, 1, 0, 1, 0, 0, 0, 1])
    const dense = architecture(new nn.Sequential({ fc: new nn.Linear(3, 2) }), [1, 3])
    expect(() => sizes(dense)).toThrow('lays no windows')
  })
})
