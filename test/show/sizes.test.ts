import { afterEach, beforeEach, expect, test } from 'vitest'
import { architecture, nn, show, sizes } from '../../src/index.ts'
import { install, type FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

test('a network’s chain, at its first misfit', () => {
  const net = nn.shapesOnly(() => nn.alexNet({ norm: false, size: 224 }))
  const chain = sizes(architecture(net, [1, 3, 224, 224]))
  show(chain, { title: 'AlexNet at 224' })
  const spec = host.spec()
  if (spec.kind !== 'sizes') throw new Error(spec.kind)
  expect(spec).toMatchObject({
    title: 'AlexNet at 224',
    shape: '224 → 54 → 26 → 26 → 12 → 12 → 12 → 12 → 5',
    data: { input: 224, step: 0 },
  })
  expect(spec.data.steps[0]).toEqual({ name: 'conv1', window: 11, stride: 4, padding: 0, dilation: 1 }) // prettier-ignore
  expect(spec.text).toContain('conv1: (224 + 2·0 − 11) / 4 + 1 = 54.25')
  expect(spec.text).toContain('pool5 leaves 1 over.')
  readPng(host.shown[0].bundle['image/png'] as Uint8Array)
  show(chain, { layer: 'pool2' })
  expect(host.spec()).toMatchObject({ data: { step: 3 } })
  expect(() => show(chain, { layer: 'pool9' })).toThrow('no layer pool9; there are conv1')
})
