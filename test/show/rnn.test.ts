import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { data, manualSeed, nn, show } from '../../src/index.ts'
import { gradientFlow, unroll } from '../../src/explain/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { RnnView } from '../../src/spec/view.ts'
import { inputs, targets, textbook } from '../explain/rnn-golden.ts'
import { displayed } from './displayed.ts'
import { install, type FakeHost } from './fake-host.ts'
import { HELLO, helloRnn } from './recurrent-nets.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

function shown(...args: Parameters<typeof show>): RnnView {
  show(...args)
  return displayed(host, 'rnn', 400)
}

describe('an unrolled network', () => {
  const vocabulary = new data.Vocabulary('helo ')
  it('keeps its weights, from which all else follows', () => {
    const u = unroll(textbook('float32'), inputs('float32'), { targets })
    const { data: d, title, shape, text } = shown(u, { pin: [4, 1] })
    expect([title, shape, d.network, d.pin]).toEqual(['RNN unrolled', 'h [7, 4]', 'rnn', [4, 1]])
    expect(decode(d.weights[0].W)).toEqual(textbook('float32').W.toTypedArray())
    expect(d.targets).toEqual(targets)
    expect(d.values).toBeNull()
    expect(text).toMatch(/\nTotal loss [\d.]+ over 7 steps; the largest, [\d.]+, at step \d\.\nLargest \|eigenvalue\| of W: [\d.]+\.$/) // prettier-ignore
    expect(d.weights[0].radius).toBeGreaterThan(0)
  })
  it('with gates keeps its values and the norms of all gradients', () => {
    manualSeed(2)
    const net = nn.charRNN(5, { kind: 'lstm', embedding: 3, hidden: 6 })
    const u = unroll(net, HELLO, { vocabulary })
    const { data: d, title, text, from } = shown(u)
    expect([title, d.weights, d.values!.h.shape]).toEqual(['LSTM unrolled', [], [17, 6]])
    expect(from).toBe('‘hello hello hello’, one character at a time')
    expect(decode(d.values!.norms)).toEqual(gradientFlow(u).norms.toTypedArray())
    expect(d.inputs.slice(0, 6).join('')).toBe('hello ')
    expect(text).toMatch(/Over 8 steps at most .* of the gradient is left/)
  })
  it('snapshots of a training run are one view, the last one first', () => {
    const all = helloRnn([0, 5])
    const { data: d, text } = shown(all)
    expect([d.weights.map(w => w.label), d.at]).toEqual([['0', '5'], 1])
    expect(text).toContain(`Total loss ${all[1].loss.toFixed(2)}`)
    expect(all[1].loss).toBeLessThan(all[0].loss)
  })
  it('the student’s own step stands beside it, NaN after an error', () => {
    const u = unroll({ U: [[1]], W: [[1]], V: [[1], [0]] }, [[1], [2]], {
      targets: [0, 1],
      step: x => {
        if (x[0] === 2) throw new RangeError('two')
        return { h: [1], o: [0.5, 0.5] }
      },
    })
    const { data: d } = shown(u)
    expect([...decode(d.yours!.h), ...decode(d.yours!.o)]).toEqual([1, NaN, 0.5, 0.5, NaN, NaN])
    expect(d.yours!.error).toBe('step 1: RangeError: two')
    expect(d.inputs).toEqual(['1', '2'])
  })
  it('without targets says so', () => {
    expect(shown(unroll(textbook(), inputs())).text).toMatch(/No step asks for anything\.$/)
  })
  it('refuses what a view cannot draw', () => {
    const w = textbook()
    expect(() => show(unroll(w, new Array<number>(65).fill(0)))).toThrow('65 steps of an unrolled network; a view draws at most 64') // prettier-ignore
    expect(() => show(unroll(w, [0, 1]), { pin: [0, 1] })).toThrow('pin [0,1]; [t, k] of a loss')
    expect(() => show([unroll(w, [0, 1]), unroll(w, [1, 1])])).toThrow('over different inputs')
  })
})
