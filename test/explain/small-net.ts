// The network and image of test/golden/make_explain.py.
import { readFileSync } from 'node:fs'
import { nn, noGrad, tensor, type Tensor } from '../../src/index.ts'

const numbers = (shape: readonly number[], phase: number, scale: number): Tensor =>
  tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(i * 1.7 + phase) * scale,
    ),
  ).reshape(shape)

export function smallNet(): nn.Sequential {
  const net = new nn.Sequential({
    conv1: new nn.Conv2d(1, 4, 3, { padding: 1 }),
    relu1: new nn.ReLU(),
    pool1: new nn.MaxPool2d(2),
    conv2: new nn.Conv2d(4, 6, 3),
    relu2: new nn.ReLU(),
    pool2: new nn.MaxPool2d(2),
    flatten: new nn.Flatten(),
    fc: new nn.Linear(24, 5),
  })
  noGrad(() =>
    net.parameters().forEach((p, i) => {
      p.copy_(numbers(p.shape, i + 1, p.ndim > 1 ? 0.5 : 0.1))
    }),
  )
  return net
}

export const smallImage = (): Tensor => noGrad(() => numbers([1, 12, 12], 0.3, 0.5).add(0.5))

export interface Golden {
  logits: number[]
  target: number
  unit: [number, number, number]
  value: number
  gradient: number[]
  gradientTimesInput: number[]
  deconvnet: number[]
  guided: number[]
  unitGradient: number[]
  unitDeconvnet: number[]
  unitGuided: number[]
  integrated: number[]
  cam: number[]
  camLarge: number[]
  occlusion: { before: number[]; probability: number[]; label: number[]; activity: number[] }
}
export const golden = JSON.parse(
  readFileSync(new URL('../golden/explain.json', import.meta.url), 'utf8'),
) as Golden

/** Largest difference, divided by the largest expected size. */
export function relativeError(got: Tensor, expected: readonly number[]): number {
  const values = got.toTypedArray()
  if (values.length !== expected.length) return Infinity
  const scale = Math.max(...expected.map(Math.abs))
  return Math.max(...expected.map((e, i) => Math.abs(e - values[i]))) / scale
}
