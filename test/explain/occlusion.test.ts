import { expect, it } from 'vitest'
import { nn, noGrad, tensor } from '../../src/index.ts'
import { occlusion } from '../../src/explain/index.ts'
import { golden, relativeError, smallImage, smallNet } from './small-net.ts'

const net = smallNet()
const image = smallImage()

it('agrees with PyTorch: probability, label and activity of the strongest map at each place', () => {
  const o = occlusion(net, image, { size: 3, stride: 2, batch: 7 })
  const { before, probability, label, activity } = golden.occlusion
  expect(o.probability.shape).toEqual([6, 6])
  expect([o.target, o.layer, o.unit]).toEqual([golden.target, 'conv2', golden.unit[0]])
  expect(relativeError(o.before, before)).toBeLessThan(1e-5)
  expect(relativeError(o.probability, probability)).toBeLessThan(1e-5)
  expect(relativeError(o.activity!, activity)).toBeLessThan(1e-5)
  expect(o.label.toTypedArray()).toEqual(Int32Array.from(label))
  expect(
    relativeError(
      o.pixels,
      probability.map(p => before[o.target] - p),
    ),
  ).toBeLessThan(1e-4)
})

it('shows its rows as they are computed', () => {
  const rows: number[] = []
  occlusion(net, image, {
    size: 3,
    stride: 2,
    batch: 8,
    onRow({ probability, label }, row) {
      rows.push(row)
      const values = probability.toTypedArray()
      expect(Array.from(values.subarray(0, 6 * row)).every(v => v >= 0 && v <= 1)).toBe(true)
      if (row < 6) expect(values.at(-1)).toBeNaN()
      if (row < 6) expect(label.toTypedArray().at(-1)).toBe(-1)
    },
  })
  expect(rows).toEqual([1, 2, 4, 5, 6])
  expect(() => occlusion(net, image, { onProgress: () => false })).toThrow(/stopped at/)
})

it('a linear network’s map is worked out by hand; the square is clipped at the border', () => {
  const linear = new nn.Sequential([new nn.Flatten(), new nn.Linear(4, 2)])
  noGrad(() => {
    linear.parameters()[0].copy_(
      tensor([
        [2, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    )
    linear.parameters()[1].zero_()
  })
  const o = occlusion(
    linear,
    tensor([
      [1, 1],
      [1, 1],
    ]),
    { size: 1, fill: 0, target: 0 },
  )
  const p = (z: number) => 1 / (1 + Math.exp(-z))
  expect(o.activity).toBeNull()
  const falls = o.pixels.toTypedArray()
  expect(falls[0]).toBeCloseTo(p(2) - p(0), 6)
  expect(Array.from(falls.slice(1))).toEqual([0, 0, 0])
})

it.each([
  [{ size: 0 }, /size 0; a whole number from 1/],
  [{ target: 5 }, /target 5; there are 5 classes, 0 to 4/],
  [{ layer: 'fc' }, /layer fc is \[1, 5\]; it has no maps/],
])('refuses %o', (options, message) => {
  expect(() => occlusion(net, image, options)).toThrow(message)
})
