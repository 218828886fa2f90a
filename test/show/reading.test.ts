import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { data, show } from '../../src/index.ts'
import { connectivity, findUnits, readText, textProperties } from '../../src/explain/index.ts'
import { decode } from '../../src/spec/encode.ts'
import type { ReadingView } from '../../src/spec/view.ts'
import { displayed } from './displayed.ts'
import { install, type FakeHost } from './fake-host.ts'
import { trainChars } from './recurrent-nets.ts'

let host: FakeHost
let remove: () => void
beforeEach(() => ({ host, remove } = install()))
afterEach(() => remove())

function shown(...args: Parameters<typeof show>): ReadingView {
  show(...args)
  return displayed(host, 'reading', 400)
}

describe('a text that was read', () => {
  const text = 'the cat (a big one) sat.\nthe dog (an old one) ran.\n'.repeat(4)
  const vocabulary = new data.Vocabulary(text)
  const kinds = ['lstm', 'gru', 'rnn'] as const
  const [lstm, gru, rnn] = kinds.map(kind => {
    const { net } = trainChars(text, vocabulary, { kind, hidden: 12, embedding: 6, steps: 40, length: 20, size: 8 }) // prettier-ignore
    return readText(net, vocabulary, text)
  })

  it('keeps states, predictions, influence, and the cells that follow something', () => {
    const { data: d, title, text: words } = shown(lstm, { from: 'two sentences' })
    const T = text.length
    expect([title, d.network, d.state, d.characters.length]).toEqual(['LSTM, 12 cells', 'lstm', 'c', T]) // prettier-ignore
    const [states, exact] = [decode(d.states), lstm.values('c').toTypedArray()]
    exact.forEach((v: number, i: number) => expect(Math.abs(states[i] - v)).toBeLessThan(0.005))
    const next = decode(d.next)
    lstm.next.toTypedArray().forEach((p: number, t: number) => expect(next[t]).toBeCloseTo(p, 3))
    expect(next[T - 1]).toBeNaN()
    const likeliest = decode(d.expected.characters)
    for (const t of [0, 30])
      expect(lstm.expects(t, 5).map(e => e.character)).toEqual(Array.from({ length: 5 }, (_, k) => d.vocabulary[likeliest[t * 5 + k]])) // prettier-ignore
    // Rows of the influence are shares of their largest.
    const g = connectivity(lstm, { at: [60], reach: 48 }).influence.toTypedArray()
    const most = Math.max(...g)
    const row = decode(d.influence!).subarray(60 * 48, 61 * 48)
    g.forEach((v: number, n: number) => expect(row[n]).toBeCloseTo(v / most, 2))
    const properties = Object.fromEntries(Object.entries(textProperties).map(([k, f]) => [k, f([...text])])) // prettier-ignore
    const found = findUnits(lstm.values('c'), properties)
    expect(d.features.map(f => f.name)).toEqual(Object.keys(textProperties))
    const brackets = found.findIndex(f => f.property === 'inside brackets')
    expect(d.features[brackets].units.map(u => u.unit)).toEqual(found[brackets].units.map(u => u.unit)) // prettier-ignore
    expect(words).toMatch(/^LSTM, 12 cells {2}c \[204, 12\] {2}two sentences · [\d.]+ nats a character\nThe cell \d+ correlates with ‘/) // prettier-ignore
  })
  it('gates of the best cells are saved; the kernel answers for the others', () => {
    const { data: d } = shown(lstm, { unit: 7, pin: [3] })
    expect([d.unit, d.pin, d.gates[0].unit, d.gates.length]).toEqual([7, 3, 7, 5])
    expect(d.gates[0].rows.map(r => r.name)).toEqual(['input', 'forget', 'output', 'candidate', 'memory']) // prettier-ignore
    const [f, i, g, c] = ['forget', 'input', 'candidate', 'memory'].map(n => decode(d.gates[0].rows.find(r => r.name === n)!.values)) // prettier-ignore
    for (const t of [5, 50]) expect(f[t] * c[t - 1] + i[t] * g[t]).toBeCloseTo(c[t], 2)
    expect(shown(gru).data.gates[0].rows.map(r => r.name)).toEqual(['reset', 'update', 'candidate', 'state']) // prettier-ignore
    expect(shown(rnn).data.gates).toEqual([])
  })
  it('several networks are compared by their reach', () => {
    const { data: d, text: words } = shown([lstm, gru, rnn])
    expect(d.reach.map(r => r.name)).toEqual(['LSTM, 12 cells', 'GRU, 12 units', 'RNN, 12 units'])
    for (const { influence, half } of d.reach) {
      expect(influence.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      expect(influence.slice(0, half).reduce((a, b) => a + b, 0)).toBeLessThan(0.5)
    }
    expect(words).toMatch(/Half of the influence .*: LSTM \d+, GRU \d+, RNN \d+\.$/)
  })
  it('properties of one’s own, skipped characters, a short text', () => {
    const skip = 25
    const properties = { x: (c: readonly string[]) => c.map(q => q === 'x'), n: (c: readonly string[]) => c.map(q => q === 'n') } // prettier-ignore
    const { data: d } = shown(gru, { skip, properties })
    expect([d.before.length, d.characters.join('')]).toEqual([25, text.slice(skip)])
    expect(d.features.map(f => [f.name, f.units.length])).toEqual([['x', 0], ['n', 3]]) // prettier-ignore
    const short = readText(lstm.net, vocabulary, 'a')
    const one = shown(short).data
    expect([one.influence, one.reach, one.features]).toEqual([null, [], []])
  })
  it('refuses what does not fit', () => {
    expect(() => show(gru, { state: 'c' })).toThrow('a gru has no cells')
    expect(() => show(gru, { unit: 12 })).toThrow('unit 12; the network has 0 to 11')
    expect(() => show(gru, { skip: 999 })).toThrow('skip 999; from 0 to 203')
    expect(() => show(gru, { pin: [999] })).toThrow('pin [999]; [character], from 0 to 203')
  })
})
