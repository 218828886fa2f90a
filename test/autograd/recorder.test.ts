import { describe, expect, it } from 'vitest'
import { clamp, conv2d, ones, relu, tensor, withRecorder, type OpRecord } from '../../src/index.ts'
import { inModule } from '../../src/autograd/recorder.ts'

function recorded(f: () => void): OpRecord[] {
  const list: OpRecord[] = []
  withRecorder({ record: e => list.push(e) }, f)
  return list
}

describe('withRecorder', () => {
  it('is told of every operation with inputs, options, output and module', () => {
    const [x, w] = [ones([1, 1, 3, 3]), ones([1, 1, 2, 2])]
    const list = recorded(() => {
      const y = inModule('features', () => inModule('conv', () => conv2d(x, w, { padding: 1 })))
      relu(y)
    })
    expect(list.map(e => [e.op, e.path])).toEqual([
      ['conv2d', ['features', 'conv']],
      ['relu', []],
    ])
    expect(list[0].inputs).toEqual([x, w])
    expect(list[0].options).toMatchObject({ stride: [1, 1], padding: [1, 1] })
    expect(list[1].inputs[0]).toBe(list[0].output)
  })
  it('is not told of backward rules, nor of the parts of one operation', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    expect(recorded(() => x.mul(x).sum().backward()).map(e => e.op)).not.toContain('expand')
    expect(recorded(() => clamp(x, { min: 0, max: 1 })).map(e => e.op)).toEqual(['clamp'])
  })
  it('regions nest', () => {
    const inner: OpRecord[] = []
    const outer = recorded(() => {
      withRecorder({ record: e => inner.push(e) }, () => ones([1]).exp())
      withRecorder(null, () => ones([1]).cos())
      ones([1]).sin()
    })
    expect(inner.map(e => e.op)).toEqual(['exp'])
    expect(outer.map(e => e.op)).toEqual(['sin'])
  })
})
