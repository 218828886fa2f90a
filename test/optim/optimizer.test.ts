import { describe, expect, it } from 'vitest'
import { cos, optim, tensor, withBackend, type Tensor } from '../../src/index.ts'
import { expectClose, numbers, readGolden } from '../golden/golden.ts'

interface Golden {
  kind: string
  name: 'SGD' | 'Adam' | 'AdamW' | 'RMSprop' | 'Adagrad'
  options: { lr: number }
  trail: number[][]
  a: number[]
  b: number[]
}
const golden = readGolden<Golden>('optim')
const NAMES = ['SGD', 'Adam', 'AdamW', 'RMSprop', 'Adagrad'] as const
const RUNS = ['float64 reference', 'float32 reference', 'float32 wasm'] as const

const start = (seed: number, dtype: 'float32' | 'float64' = 'float64') =>
  tensor(numbers(6, seed), { dtype, requiresGrad: true })
const loss = (p: Tensor) => cos(p.mul(tensor([1, 2, 3, 4, 5, 6], { dtype: p.dtype }))).sum()
function advance(optimizer: { zeroGrad(): void; step(): void }, ...ps: Tensor[]): void {
  optimizer.zeroGrad()
  for (const p of ps) loss(p).backward()
  optimizer.step()
}

describe('10 steps as in PyTorch', () => {
  it.each(NAMES.flatMap(name => RUNS.map(run => [name, run] as const)))('%s, %s', (name, run) => {
    const [dtype, backend] = run.split(' ') as ['float32' | 'float64', 'reference' | 'wasm']
    const cases = golden.filter(g => g.kind === 'optimizer' && g.name === name)
    expect(cases.length).toBeGreaterThan(0)
    withBackend(backend, () => {
      for (const { options, trail } of cases) {
        const p = start(3, dtype)
        const optimizer = new optim[name]([p], options)
        trail.forEach((expected, i) => {
          advance(optimizer, p)
          expectClose(
            p.toTypedArray(),
            expected,
            dtype === 'float64' ? 1e-9 : 1e-4,
            `${JSON.stringify(options)}, step ${i + 1}`,
          )
        })
      }
    })
  })

  it('groups with settings of their own', () => {
    const { a: ea, b: eb } = golden.find(g => g.kind === 'groups')!
    const [a, b] = [start(3), start(4)]
    const groups = [
      { params: [a], lr: 0.1 },
      { params: [b], weightDecay: 0.5 },
    ]
    const optimizer = new optim.Adam(groups, { lr: 0.01 })
    for (let i = 0; i < 10; i++) advance(optimizer, a, b)
    expectClose(a.toTypedArray(), ea, 1e-9, 'a')
    expectClose(b.toTypedArray(), eb, 1e-9, 'b')
  })
})

describe('learning rates', () => {
  it('groups without one of their own follow the optimiser', () => {
    const optimizer = new optim.SGD([{ params: [start(3)] }, { params: [start(4)], lr: 0.5 }], {
      lr: 0.1,
    })
    const rates = () => optimizer.paramGroups.map(g => g.lr)
    optimizer.lr = 0.2
    expect(rates()).toEqual([0.2, 0.5])
    optimizer.paramGroups[0].lr = 0.3
    optimizer.lr = 0.4
    expect(rates()).toEqual([0.3, 0.5])
  })
  it('that of plain parameters is the optimiser’s', () => {
    const optimizer = new optim.Adam([start(3)])
    optimizer.paramGroups[0].lr = 0.3
    expect(optimizer.lr).toBe(0.3)
  })
})

describe('state', () => {
  it.each(NAMES)('%s goes on from its state as if nothing had happened', name => {
    const settings = { lr: 0.05 }
    const a = start(3)
    const whole = new optim[name]([a], settings)
    for (let i = 0; i < 6; i++) advance(whole, a)
    const b = start(3)
    const first = new optim[name]([b], settings)
    for (let i = 0; i < 3; i++) advance(first, b)
    const state = first.stateDict()
    advance(first, b.detach().clone().requiresGrad_()) // the state is a copy
    const second = new optim[name]([b], { lr: 7 })
    second.loadStateDict(state as never) // of the same class
    expect(second.lr).toBe(0.05)
    for (let i = 0; i < 3; i++) advance(second, b)
    expect(b.toArray()).toEqual(a.toArray())
  })

  it('that does not fit changes nothing', () => {
    const [a, b] = [start(3), tensor([1, 2], { requiresGrad: true })]
    const optimizer = new optim.Adam([a])
    advance(optimizer, a)
    const state = optimizer.stateDict()
    expect(() => new optim.Adam([a, b]).loadStateDict(state)).toThrow(
      'Adam: state of 1 parameters for 2',
    )
    expect(() => new optim.Adam([b]).loadStateDict(state)).toThrow(
      'Adam: expAvg of parameter 0 is [6], the parameter [2]',
    )
  })
})

describe('what makes no sense is refused', () => {
  const p = () => start(3)
  it('settings', () => {
    expect(() => new optim.Adam([p()], { lr: -1 })).toThrow('Adam: lr -1; it is at least 0')
    expect(() => new optim.AdamW([p()], { betas: [1, 0.9] })).toThrow(
      'AdamW: beta1 1; it is at least 0 and below 1',
    )
    expect(() => new optim.SGD([{ params: [p()], momentum: -2 }], { lr: 1 })).toThrow(
      'SGD: momentum -2',
    )
  })
  it('parameters', () => {
    const one = p()
    expect(() => new optim.Adam([])).toThrow('Adam: no parameters')
    expect(() => new optim.Adam([one, one])).toThrow('Adam: a parameter [6] is there twice')
    expect(() => new optim.Adam([tensor(Int32Array.of(1))])).toThrow('is int32; it is float')
    expect(() => new optim.Adam([3 as never])).toThrow('Adam: a parameter is number')
  })
})
