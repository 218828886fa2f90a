import { describe, expect, it } from 'vitest'
import { manualSeed, noGrad, rand, randn, tensor, type Tensor } from '../../src/index.ts'
import {
  featureEvolution,
  filterStates,
  jumps,
  linearCKA,
  renormalizeFilters,
  representationConvergence,
  toGo,
  topActivations,
} from '../../src/explain/index.ts'
import { smallNet } from './small-net.ts'

const vector = (v: number[]) => tensor(v)
const snapshots = (rows: number[][]) =>
  rows.map((w, epoch) => ({ epoch, state: { 'conv.weight': vector(w) } }))

describe('toGo', () => {
  it.each([
    [
      [
        [0, 0],
        [3, 4],
        [3, 4],
        [6, 8],
      ],
      [1, 0.5, 0.5, 0],
    ],
    [
      [
        [3, 4],
        [0, 3],
        [1, 1],
        [0, 0],
      ],
      [1, 0.6, 0.2828, 0],
    ],
  ])('%j', (rows, expected) => {
    const left = toGo(snapshots(rows)).conv
    left.forEach((v, i) => expect(v).toBeCloseTo(expected[i], 4))
  })
  it('takes a layer’s weight and bias together, and says what is missing', () => {
    const both = [0, 1].map(e => ({
      epoch: e,
      state: { 'a.weight': vector([3 * (1 - e)]), 'a.bias': vector([4 * (1 - e)]) },
    }))
    expect(toGo(both)).toEqual(Object.assign(Object.create(null), { a: [1, 0] }))
    expect(() => toGo([{ epoch: 3, state: {} }, both[1]])).toThrow(/a.weight at epoch 3 is missing/)
  })
})

it('jumps: another image, or another filter', () => {
  const winners = [7, 7, 3, 3, 3, 9]
  const rows = [
    [1, 0],
    [3, 0],
    [0, 2],
    [0, 3],
    [2, 0.5],
    [2, 0],
  ]
  expect(jumps(winners, rows.map(vector))).toEqual([
    [2, 'image'],
    [4, 'filter'],
  ])
  expect(jumps([1, 1], [vector([1, 0]), vector([5, 0])])).toEqual([])
})

describe('linear CKA', () => {
  manualSeed(5)
  const x = randn([30, 4])
  it('is 1 for a turn and a scale, and small for noise', () => {
    const turned = x
      .matmul(
        tensor([
          [0, 3, 0, 0],
          [-3, 0, 0, 0],
          [0, 0, 0, 3],
          [0, 0, 3, 0],
        ]),
      )
      .add(7)
    expect(linearCKA(x, turned)).toBeCloseTo(1, 6)
    expect(linearCKA(x, randn([30, 4]))).toBeLessThan(0.5)
  })
  it('is ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred columns', () => {
    const y = randn([30, 6])
    const centre = (t: Tensor) => t.sub(t.mean({ dim: 0, keepdim: true })).to('float64')
    const [a, b] = [centre(x), centre(y)]
    const f = (t: Tensor) => Math.sqrt(t.square().sum().item())
    const expected = f(b.T.matmul(a)) ** 2 / (f(a.T.matmul(a)) * f(b.T.matmul(b)))
    expect(linearCKA(x, y)).toBeCloseTo(expected, 8)
  })
})

describe('over snapshots', () => {
  manualSeed(6)
  const net = smallNet()
  const images = rand([12, 1, 12, 12])
  const states = [0, 1, 2].map(epoch => {
    const state = net.stateDict()
    if (epoch < 2)
      noGrad(() => state['conv2.weight'].add_(randn([6, 4, 3, 3]).mul(epoch === 0 ? 1 : 0.01)))
    return { epoch: epoch * 10, state }
  })
  const before = JSON.stringify(net.stateDict()['conv2.weight'].toArray())
  it('the winners of each unit, with changes and jumps', () => {
    const { epochs, units } = featureEvolution(net, states, images, {
      layer: 'conv2',
      units: [0, 1],
    })
    expect(epochs).toEqual([0, 10, 20])
    expect(units.map(u => u.unit)).toEqual([0, 1])
    const last = topActivations(net, images, { layer: 'conv2', k: 1 })
    for (const { unit, winners, changes, jumps: found } of units) {
      expect(winners).toHaveLength(3)
      expect(winners[2].image).toBe(last.units[unit].top[0].image)
      expect(changes).toEqual([1, 2].filter(i => winners[i].image !== winners[i - 1].image))
      for (const [at, cause] of found) expect(cause === 'image').toBe(changes.includes(at))
    }
    expect(JSON.stringify(net.stateDict()['conv2.weight'].toArray())).toBe(before)
  })
  it('how near each layer’s activations are to their end', () => {
    const layers = ['conv1', 'conv2', 'fc']
    const near = representationConvergence(net, states, images, { layers })
    near.conv1.forEach(v => expect(v).toBeCloseTo(1, 6))
    expect(near.conv2[2]).toBeCloseTo(1, 6)
    expect(near.conv2[1]).toBeGreaterThan(near.conv2[0])
  })
  it('refuses no snapshots, and units that are not there', () => {
    expect(() => featureEvolution(net, [], images, { layer: 'conv2' })).toThrow(/no snapshots/)
    expect(() => featureEvolution(net, states, images, { layer: 'conv2', units: [0, 9] })).toThrow(
      'unit 9 of conv2; it has 6, 0 to 5',
    )
  })
})

describe('filters', () => {
  it('have an RMS, and may be dead', () => {
    const states = filterStates(
      tensor([
        [0.3, 0.4],
        [0.05, -0.05],
        [0.001, 0],
      ]),
    )
    expect(states.map(s => s.dead)).toEqual([false, false, true])
    expect(states[0].rms).toBeCloseTo(Math.sqrt(0.125), 6)
  })
  it('above the limit are scaled to it, the others left', () => {
    const w = tensor(
      [
        [0.3, 0.4],
        [0.05, -0.05],
        [0, 0],
      ],
      { requiresGrad: true },
    )
    expect(renormalizeFilters(w)).toBe(1)
    const rows = w.toArray<number[][]>()
    expect(rows[0][0]).toBeCloseTo(0.0849, 4)
    expect(rows[0][1]).toBeCloseTo(0.1131, 4)
    expect(rows[1][0]).toBeCloseTo(0.05, 7)
    expect(rows[2]).toEqual([0, 0])
    expect(() => renormalizeFilters(w, 0)).toThrow(/limit 0/)
  })
})
