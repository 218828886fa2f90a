import { describe, expect, it, test } from 'vitest'
import { data, nn, randn, Generator, tensor, type Tensor } from '../../src/index.ts'
import {
  connectivity,
  findUnits,
  readText,
  similarStates,
  textProperties,
} from '../../src/explain/index.ts'
import { golden, reader, text } from './rnn-golden.ts'
import { relativeError } from './small-net.ts'

const vocabulary = new data.Vocabulary('abcd')
const net = reader()
const reading = readText(net, vocabulary, text)
const expected = golden.reading

describe('readText', () => {
  it('states and predictions agree with PyTorch, step by step', () => {
    expect(relativeError(reading.values('h'), expected.states)).toBeLessThan(1e-5)
    expect(relativeError(reading.probabilities, expected.probabilities)).toBeLessThan(1e-5)
    const next = Array.from(reading.next.toTypedArray())
    expect(next[0]).toBeCloseTo(expected.probabilities[1], 6)
    expect(reading.loss).toBeCloseTo(-next.reduce((s, p) => s + Math.log(p), 0) / 22, 9) // prettier-ignore
    expect(reading.expects(0, 2).map(e => e.probability)).toEqual(
      [...expected.probabilities.slice(0, 4)].sort((a, b) => b - a).slice(0, 2).map(p => expect.closeTo(p, 5) as number), // prettier-ignore
    )
  })
  it('the memory is tanh of the cells; either layer may be read', () => {
    expect(reading.values().toArray()).toEqual(reading.states.c!.tanh().toArray())
    const first = readText(net, vocabulary, text, { layer: 0 })
    expect(first.logits.toArray()).toEqual(reading.logits.toArray())
    expect(first.values('h').toArray()).not.toEqual(reading.values('h').toArray())
    const gru = readText(nn.charRNN(4, { kind: 'gru', hidden: 3 }), vocabulary, 'ab')
    expect(gru.values().shape).toEqual([2, 3])
    expect(() => gru.values('c')).toThrow('a gru has no cells')
  })
  it('refuses what it cannot read', () => {
    expect(() => readText(net, vocabulary, 'abx')).toThrow('"x" at 2')
    expect(() => readText(net, vocabulary, '')).toThrow('0 characters; from 1')
    expect(() => readText(net, new data.Vocabulary('abcde'), 'ab')).toThrow('4 logits for 5 characters') // prettier-ignore
    expect(() => readText(net, vocabulary, 'ab', { layer: 2 })).toThrow(
      'layer 2; the network has 2',
    )
    expect(() => readText(new nn.Linear(1, 1) as never, vocabulary, 'ab')).toThrow(TypeError)
    expect(() => reading.expects(99)).toThrow('character 99; the text has 0 to 22')
  })
})

test('similar states by cosine, not around the place itself', () => {
  const found = similarStates(reading.values('h'), 9, { k: 100, gap: 2 })
  expect(found).toHaveLength(text.length - 5)
  for (const { at, cosine } of found) expect(cosine).toBeCloseTo(expected.cosine[at], 4)
  expect(found.map(f => f.cosine)).toEqual(found.map(f => f.cosine).sort((a, b) => b - a))
  expect(similarStates(reading.values('h'), 9)).toHaveLength(12)
})

describe('connectivity', () => {
  it('agrees with PyTorch’s gradient of each logit', () => {
    const found = connectivity(reading, { reach: 6, batch: 4 })
    expect(relativeError(found.influence, expected.influence)).toBeLessThan(1e-4)
    expect(relativeError(found.mean, expected.mean)).toBeLessThan(1e-4)
    expect(found.half).toBe(expected.half)
  })
  it('of some places only; what lies before the text has none', () => {
    const { influence, at, half } = connectivity(reading, { at: [1, 20], reach: 6 })
    expect(at).toEqual([1, 20])
    expect(influence.toArray<number[][]>()[0].slice(2)).toEqual([0, 0, 0, 0])
    expect(half).not.toBeNull()
    expect(connectivity(reading, { at: [1], reach: 6 }).half).toBeNull()
    expect(net.parameters().every(p => p.requiresGrad && p.grad === null)).toBe(true)
  })
  it('tells how far it is, stops when told, refuses the last character', () => {
    const told: number[] = []
    connectivity(reading, { reach: 3, batch: 8, onProgress: n => told.push(n) })
    expect(told).toEqual([1, 2, 10, 18, 22])
    expect(() => connectivity(reading, { onProgress: () => false })).toThrow('connectivity: stopped at 1 of 22') // prettier-ignore
    expect(() => connectivity(reading, { at: [22] })).toThrow('no character follows 22')
  })
})

describe('findUnits', () => {
  const inside = [...text].map(c => 'ab'.includes(c))
  it('correlations and AUC agree with NumPy', () => {
    const [{ units, binary }] = findUnits(reading.values('h'), { ab: inside }, { k: 5 })
    expect(binary).toBe(true)
    for (const u of units) {
      expect(u.correlation).toBeCloseTo(expected.correlation[u.unit], 5)
      expect(u.auc).toBeCloseTo(expected.auc[u.unit], 9)
    }
    const sizes = units.map(u => Math.abs(u.correlation))
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
  })
  it('the exercise’s unit falls inside brackets', () => {
    // prettier-ignore
    const states = tensor([[0.9, 0.1, -0.1, 0], [0.9, 0.8, -0.9, 0.3], [0.8, 0.1, -0.8, 0.3], [0.9, 0.7, -0.9, 0.3], [0.9, 0.1, -0.1, 0.9], [0.9, 0.3, -0.2, 0]])
    const [{ units }] = findUnits(states, { inside: [false, true, true, true, false, false] })
    expect(units[0]).toMatchObject({ unit: 2, auc: 0 })
    expect(units[0].correlation).toBeCloseTo(-0.9918, 4)
    expect(units[0].logistic).toMatchObject({ accuracy: 1, baseline: 0.5 })
    expect(units[0].logistic!.weight).toBeLessThan(0)
  })
  it('a planted unit is found with a small p; noise is not, though the best of 40 looks good', () => {
    const T = 600
    const generator = new Generator(5)
    const noise = randn([T, 40], { generator, dtype: 'float64' })
    const hidden = Array.from({ length: T }, (_, t) => Number(Math.sin(t / 9) + Math.sin(t / 23) > 0)) // prettier-ignore
    const planted = noise.toArray<number[][]>()
    planted.forEach((row, t) => (row[17] = row[17] + 1.2 * hidden[t]))
    const search = (states: Tensor) => findUnits(states, { hidden }, { seed: 2 })[0]
    expect(search(tensor(planted)).units[0]).toMatchObject({ unit: 17, p: 0.005 })
    const { units, chance } = search(noise)
    expect(units[0].p).toBeGreaterThan(0.05)
    expect(chance.shape).toEqual([199])
    expect(findUnits(noise, { hidden }, { seed: 2 })).toEqual([search(noise)])
  })
  it('moving keeps the rhythm of a text; shuffling makes slow units look special', () => {
    const T = 400
    const slow = tensor(Array.from({ length: T }, (_, t) => [Math.sin(t / 31 + 1), Math.cos(t / 47)])) // prettier-ignore
    const property = { slow: Array.from({ length: T }, (_, t) => Math.sin(t / 31) > 0) }
    const p = (control: 'shift' | 'shuffle') => findUnits(slow, property, { control })[0].units[0].p
    expect(p('shuffle')).toBe(0.005)
    expect(p('shift')).toBeGreaterThan(0.2)
  })
  it('a property that never changes has no units; constant units have no correlation', () => {
    const states = tensor([[1, 0], [1, 1], [1, 2], [1, 3]]) // prettier-ignore
    expect(findUnits(states, { all: [1, 1, 1, 1] })[0].units).toEqual([])
    const [{ units, binary }] = findUnits(states, { n: [0, 1, 2, 3] }, { permutations: 0 })
    expect(binary).toBe(false)
    expect(units.map(u => [u.unit, Math.round(u.correlation * 1e9) / 1e9, u.auc, u.p])).toEqual([[1, 1, null, NaN], [0, 0, null, NaN]]) // prettier-ignore
  })
  it('refuses other lengths and numbers that are none', () => {
    const states = tensor([[1], [2], [3]])
    expect(() => findUnits(states, { x: [1, 2] })).toThrow('"x" has 2 values for 3 characters')
    expect(() => findUnits(states, { x: [1, 2, NaN] })).toThrow('a value that is no number')
    expect(() => findUnits(states, { x: [1, 2, 3] }, { k: 0 })).toThrow('k 0')
    expect(() => findUnits(states, { x: [1, 2, 3], y: [3, 2, 1] }, { onProgress: () => false })).toThrow('findUnits: stopped at 1 of 2') // prettier-ignore
  })
})

test('properties of a text', () => {
  const of = (name: string, s: string) => Array.from(textProperties[name]([...s]), Number)
  expect(of('bracket depth', 'a(b[c])d)')).toEqual([0, 1, 1, 2, 2, 1, 0, 0, 0])
  expect(of('inside brackets', '(a)b')).toEqual([1, 1, 0, 0])
  expect(of('inside quotation marks', 'a"b"“c”d')).toEqual([0, 1, 1, 0, 1, 1, 0, 0])
  expect(of('position in the line', 'ab\ncd')).toEqual([0, 1, 2, 0, 1])
  expect(of('position in the word', 'ab cd')).toEqual([1, 2, 0, 1, 2])
  expect(of('position in the sentence', 'ab. c')).toEqual([0, 1, 2, 0, 1])
  expect(of('just after a word', 'a b\n')).toEqual([0, 1, 0, 1])
  expect(of('capital letter', 'aBÉ')).toEqual([0, 1, 1])
  expect(of('vowel', 'Abe')).toEqual([1, 0, 1])
})
